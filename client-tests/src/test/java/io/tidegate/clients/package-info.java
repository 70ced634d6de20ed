/**
 * Delta Kernel's Unity Catalog client against the running services, started as a user starts them;
 * and the services killed under it.
 */
@NullMarked
package io.tidegate.clients;

import org.jspecify.annotations.NullMarked;
