/** A PostgreSQL schema of its own for each service. */
@NullMarked
package io.tidegate.kit.database;

import org.jspecify.annotations.NullMarked;
