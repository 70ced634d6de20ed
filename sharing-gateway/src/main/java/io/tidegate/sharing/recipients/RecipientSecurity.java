package io.tidegate.sharing.recipients;

import io.tidegate.kit.security.BearerChains;
import jakarta.servlet.DispatcherType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;

/**
 * The protocol is for recipients and their tokens alone; a principal of the catalog is nobody here.
 * Files are served by signed URL, without a token; a token that a client sends along anyway is not
 * looked at.
 */
@Configuration(proxyBeanMethods = false)
class RecipientSecurity {

  @Bean
  @Order(100)
  SecurityFilterChain sharedFilesChain(HttpSecurity http) {
    return http.securityMatcher("/delta-sharing/files/**")
        .csrf(csrf -> csrf.disable())
        .requestCache(cache -> cache.disable())
        .sessionManagement(sessions -> sessions.disable())
        .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
        .build();
  }

  @Bean
  @Order(110)
  SecurityFilterChain deltaSharingChain(
      HttpSecurity http, BearerChains chains, RecipientTokens tokens) {
    return chains.build(
        http,
        token -> tokens.authenticate(token).map(RecipientAuthentication::new),
        requests ->
            requests
                .dispatcherTypeMatchers(DispatcherType.ERROR, DispatcherType.ASYNC)
                .permitAll()
                .anyRequest()
                .authenticated(),
        "/delta-sharing/**");
  }
}
