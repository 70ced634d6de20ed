package io.tidegate.ports;

import io.swagger.v3.oas.annotations.Hidden;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/**
 * Serves the catalog to the other services; needs the service token. They have checked whose token
 * they were shown, and name that principal in a header.
 */
@Hidden
@RestController
@RequestMapping(CatalogServiceController.PATH)
final class CatalogServiceController {
  static final String PATH = "/service/catalog";

  /** Who acts; without it, the calling service itself does. */
  static final String PRINCIPAL_HEADER = "X-Tidegate-Principal";

  /** The token to tell the owner of. */
  static final String TOKEN_HEADER = "X-Tidegate-Token";

  private final CatalogDirectory catalog;

  CatalogServiceController(CatalogDirectory catalog) {
    this.catalog = catalog;
  }

  record Privileges(Set<Privilege> privileges) {
    Privileges {
      privileges = Set.copyOf(privileges);
    }
  }

  record Rename(String newName) {}

  record Comment(String comment) {}

  /** 204 if the token is nobody's. */
  @GetMapping("/caller")
  ResponseEntity<Caller> caller(@RequestHeader(TOKEN_HEADER) String token) {
    return catalog
        .authenticate(token)
        .map(ResponseEntity::ok)
        .orElseGet(() -> ResponseEntity.noContent().build());
  }

  @GetMapping("/principals/{id}")
  Caller principal(@PathVariable UUID id) {
    return catalog.principal(id);
  }

  @GetMapping("/owner")
  Owner owner(@RequestParam String name) {
    return catalog.owner(name);
  }

  @GetMapping("/schema")
  SchemaAccess schema(
      Caller service,
      @RequestHeader(name = PRINCIPAL_HEADER, required = false) @Nullable UUID principal,
      @RequestParam("catalog") String catalogName,
      @RequestParam String schema) {
    return catalog.schema(acting(service, principal), catalogName, schema);
  }

  @GetMapping("/table")
  TableAccess table(
      Caller service,
      @RequestHeader(name = PRINCIPAL_HEADER, required = false) @Nullable UUID principal,
      @RequestParam("catalog") String catalogName,
      @RequestParam String schema,
      @RequestParam String table) {
    return catalog.table(acting(service, principal), catalogName, schema, table);
  }

  @GetMapping("/tables/{id}")
  TableAccess table(
      Caller service,
      @RequestHeader(name = PRINCIPAL_HEADER, required = false) @Nullable UUID principal,
      @PathVariable UUID id) {
    return catalog.table(acting(service, principal), id);
  }

  @GetMapping("/metastore-privileges")
  Privileges metastorePrivileges(
      Caller service,
      @RequestHeader(name = PRINCIPAL_HEADER, required = false) @Nullable UUID principal) {
    return new Privileges(catalog.metastorePrivileges(acting(service, principal)));
  }

  @PutMapping("/tables/{id}")
  TableAccess register(
      Caller service,
      @RequestHeader(name = PRINCIPAL_HEADER, required = false) @Nullable UUID principal,
      @PathVariable UUID id,
      @RequestBody NewTable table) {
    if (!table.id().equals(id)) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, "id is not the one of the path");
    }
    return catalog.register(acting(service, principal), table);
  }

  @DeleteMapping("/table")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void drop(
      Caller service,
      @RequestHeader(name = PRINCIPAL_HEADER, required = false) @Nullable UUID principal,
      @RequestParam("catalog") String catalogName,
      @RequestParam String schema,
      @RequestParam String table) {
    catalog.drop(acting(service, principal), catalogName, schema, table);
  }

  @PostMapping("/table/rename")
  TableAccess rename(
      Caller service,
      @RequestHeader(name = PRINCIPAL_HEADER, required = false) @Nullable UUID principal,
      @RequestParam("catalog") String catalogName,
      @RequestParam String schema,
      @RequestParam String table,
      @RequestBody Rename rename) {
    return catalog.rename(acting(service, principal), catalogName, schema, table, rename.newName());
  }

  @PostMapping("/table/comment")
  TableAccess comment(
      Caller service,
      @RequestHeader(name = PRINCIPAL_HEADER, required = false) @Nullable UUID principal,
      @RequestParam("catalog") String catalogName,
      @RequestParam String schema,
      @RequestParam String table,
      @RequestBody Comment comment) {
    return catalog.comment(
        acting(service, principal), catalogName, schema, table, comment.comment());
  }

  private Caller acting(Caller service, @Nullable UUID principal) {
    if (principal == null) {
      return service;
    }
    try {
      return catalog.principal(principal);
    } catch (ApiException e) {
      if (e.code() == ErrorCode.PRINCIPAL_NOT_FOUND) {
        throw new ApiException(ErrorCode.PERMISSION_DENIED, "The caller is no principal any more");
      }
      throw e;
    }
  }
}
