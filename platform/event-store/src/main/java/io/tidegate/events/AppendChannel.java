package io.tidegate.events;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the stores of other processes that something was appended, and hears it from them.
 *
 * <p>A transaction that notifies takes a lock on the whole database while it commits, so an
 * appending transaction never does: once it has committed, a background thread sends one
 * notification for all that committed meanwhile.
 */
final class AppendChannel implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AppendChannel.class);

  /** How long a silent listening connection is trusted before it is asked whether it lives. */
  private static final Duration TRUST = Duration.ofSeconds(10);

  private static final Duration RECONNECT = Duration.ofSeconds(1);
  private static final Duration END = Duration.ofSeconds(2);

  private final String channel;
  private final DataSource sending;
  private final DataSource listening;
  private final WakeUp wakeUp;
  private final Runnable connected;
  private final String self = UUID.randomUUID().toString();
  private final Semaphore unsent = new Semaphore(0);
  private final Thread sender;
  private final Thread listener;
  private volatile boolean closed;

  /** Whether the connection that listens was made; only its thread looks at this. */
  private boolean heard;

  private volatile @Nullable Connection current;

  /**
   * @param sending where notifications are sent from
   * @param listening gives the connection that listens and is kept
   * @param wakeUp what is signalled
   * @param connected called whenever the listening connection was made, before the signal
   */
  AppendChannel(
      String schema, DataSource sending, DataSource listening, WakeUp wakeUp, Runnable connected) {
    this.channel = "tidegate_events_" + schema;
    this.sending = sending;
    this.listening = listening;
    this.wakeUp = wakeUp;
    this.connected = connected;
    // Not virtual threads: interrupting one closes the socket that it reads from.
    Thread.Builder threads = Thread.ofPlatform().daemon();
    this.sender = threads.name(channel + "-notify").unstarted(this::send);
    this.listener = threads.name(channel + "-listen").unstarted(this::listen);
  }

  void start() {
    sender.start();
    listener.start();
  }

  /** Lets other processes know soon; returns at once. */
  void tellOthers() {
    unsent.release();
  }

  private void send() {
    try {
      while (!closed) {
        unsent.acquire();
        unsent.drainPermits();
        try (Connection connection = sending.getConnection();
            PreparedStatement notify = connection.prepareStatement("SELECT pg_notify(?, ?)")) {
          notify.setString(1, channel);
          notify.setString(2, self);
          notify.execute();
          if (!connection.getAutoCommit()) {
            connection.commit();
          }
        } catch (SQLException e) {
          // Readers elsewhere look again by themselves, only later.
          LOG.debug("Could not notify {}", channel, e);
        }
      }
    } catch (InterruptedException e) {
      LOG.trace("{} ends", channel, e);
    }
  }

  private void listen() {
    try {
      while (!closed) {
        try (Connection connection = listening.getConnection()) {
          current = connection;
          listenOn(connection);
        } catch (SQLException e) {
          if (heard && !closed) {
            LOG.info("Lost the connection that listens to {}: {}", channel, e.getMessage());
          } else {
            LOG.debug("Could not listen to {}", channel, e);
          }
        }
        current = null;
        heard = false;
        if (!closed) {
          Thread.sleep(RECONNECT);
        }
      }
    } catch (InterruptedException e) {
      LOG.trace("{} ends", channel, e);
    }
  }

  private void listenOn(Connection connection) throws SQLException {
    connection.setAutoCommit(true);
    try (Statement statement = connection.createStatement()) {
      statement.execute("LISTEN \"" + channel + "\"");
    }
    // What was sent while nobody listened is made good by one look.
    heard = true;
    connected.run();
    wakeUp.signal();
    PGConnection postgres = connection.unwrap(PGConnection.class);
    while (!closed) {
      PGNotification[] notifications = postgres.getNotifications((int) TRUST.toMillis());
      boolean fromOthers = false;
      for (PGNotification notification : notifications) {
        fromOthers |= !self.equals(notification.getParameter());
      }
      if (fromOthers) {
        wakeUp.signal();
      }
      if (notifications.length == 0 && !connection.isValid((int) END.toSeconds())) {
        throw new SQLException("It does not answer");
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    sender.interrupt();
    Connection connection = current;
    if (connection != null) {
      try {
        connection.abort(Runnable::run);
      } catch (SQLException e) {
        LOG.debug("Could not abort the connection that listens to {}", channel, e);
      }
    }
    listener.interrupt();
    try {
      sender.join(END);
      listener.join(END);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
