package io.tidegate.sharing.files;

import io.tidegate.objects.ObjectStore;

/**
 * Where the files of tables are.
 *
 * @param store reaches the folders under which tables may be, and nothing else
 */
public record TableStorage(ObjectStore store) {}
