/**
 * What every service stands on: errors, security, paging, the event feed, health, API documents.
 */
@NullMarked
package io.tidegate.kit;

import org.jspecify.annotations.NullMarked;
