/** The catalog's tables as the gateway knows them. */
@NullMarked
package io.tidegate.sharing.tables;

import org.jspecify.annotations.NullMarked;
