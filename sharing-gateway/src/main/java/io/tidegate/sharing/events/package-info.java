/** What happens in the sharing gateway: its events, and the state that they are projected to. */
@NullMarked
package io.tidegate.sharing.events;

import org.jspecify.annotations.NullMarked;
