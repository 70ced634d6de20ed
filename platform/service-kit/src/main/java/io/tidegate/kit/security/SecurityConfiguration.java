package io.tidegate.kit.security;

import static org.springframework.security.authorization.AuthorityAuthorizationManager.hasAnyAuthority;

import io.tidegate.kit.TidegateProperties;
import io.tidegate.kit.errors.ErrorWriter;
import jakarta.servlet.DispatcherType;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.security.web.firewall.StrictHttpFirewall;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Who may call what, where a service says nothing else. */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {

  @Bean
  TokenAuthentication tokenAuthentication(
      TidegateProperties properties, ObjectProvider<CallerAuthenticator> callers) {
    return new TokenAuthentication(properties.serviceToken(), callers);
  }

  /** Comes after the chains that services build for paths of their own. */
  @Bean
  @Order(1000)
  SecurityFilterChain tidegateChain(
      HttpSecurity http,
      BearerChains chains,
      TokenAuthentication tokens,
      ObjectProvider<PublicPath> publicPaths) {
    List<PublicPath> open = publicPaths.orderedStream().toList();
    return chains.build(
        http,
        token ->
            tokens
                .authenticate(token)
                .map(caller -> new CallerAuthentication(caller, () -> tokens.authenticate(token))),
        requests -> {
          requests.dispatcherTypeMatchers(DispatcherType.ERROR, DispatcherType.ASYNC).permitAll();
          for (PublicPath path : open) {
            requests.requestMatchers(path.method(), path.pattern()).permitAll();
          }
          requests
              .requestMatchers("/service/**")
              .hasAuthority(CallerAuthentication.SERVICE)
              .requestMatchers("/actuator/health/**")
              .permitAll()
              .requestMatchers("/actuator/**")
              .access(hasAnyAuthority(CallerAuthentication.SERVICE, CallerAuthentication.ADMIN))
              .requestMatchers("/api/**")
              .authenticated()
              .anyRequest()
              .permitAll();
        });
  }

  @Bean
  HttpFirewall httpFirewall() {
    StrictHttpFirewall firewall = new StrictHttpFirewall();
    firewall.setAllowedParameterValues(value -> value.indexOf('\u0000') < 0);
    return firewall;
  }

  /** What the firewall refuses: traversal, double slashes, control characters and their like. */
  @Bean
  RequestRejectedHandler requestRejectedHandler(ErrorWriter errors) {
    return errors::rejected;
  }

  @Bean
  WebMvcConfigurer callerArgument() {
    return new WebMvcConfigurer() {
      @Override
      public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
        resolvers.add(new CallerArgumentResolver());
      }
    };
  }
}
