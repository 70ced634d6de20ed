/** Whether a service is alive, ready, and in touch with the services that it asks. */
@NullMarked
package io.tidegate.kit.health;

import org.jspecify.annotations.NullMarked;
