package io.tidegate.sharing.recipients;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A recipient's token, or the activation link that will become one.
 *
 * @param activatedAt when the bearer token was handed out, null while it is still a link
 * @param expiresAt when it stops working because it was rotated out, null if it was not
 */
record RecipientToken(
    UUID id,
    Instant createdAt,
    String createdBy,
    @Nullable Instant activatedAt,
    @Nullable Instant expiresAt) {}
