/** How shares, schemas, tables and recipients may be named. */
@NullMarked
package io.tidegate.sharing.naming;

import org.jspecify.annotations.NullMarked;
