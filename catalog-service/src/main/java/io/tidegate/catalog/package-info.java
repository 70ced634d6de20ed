/** What exists: catalogs, schemas, tables, principals, grants. */
@NullMarked
package io.tidegate.catalog;

import org.jspecify.annotations.NullMarked;
