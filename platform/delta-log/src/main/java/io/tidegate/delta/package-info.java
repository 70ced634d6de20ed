/** The Delta log: actions, snapshots, the file index, reading and writing. */
@NullMarked
package io.tidegate.delta;

import org.jspecify.annotations.NullMarked;
