/** What every API has: bounded bodies, paging, request ids, errors. */
@NullMarked
package io.tidegate.kit.web;

import org.jspecify.annotations.NullMarked;
