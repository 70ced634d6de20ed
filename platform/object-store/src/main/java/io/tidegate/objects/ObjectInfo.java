package io.tidegate.objects;

import java.net.URI;
import java.time.Instant;

/**
 * An object as a listing or a look-up shows it.
 *
 * @param uri where it is
 * @param size its length in bytes
 * @param modifiedAt when it was last written, in the store's clock
 */
public record ObjectInfo(URI uri, long size, Instant modifiedAt) {}
