/** What the services ask of each other: a direct call in one JVM, HTTP between processes. */
@NullMarked
package io.tidegate.ports;

import org.jspecify.annotations.NullMarked;
