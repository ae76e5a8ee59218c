#ifndef CPQ_H
#define CPQ_H

// PostgreSQL behind a few plain functions. libpq is opened when it is first needed: it brings Kerberos and LDAP, which
// every `scenehf --help` would load. No function blocks longer than it is told to.

/// One connection; used by one thread at a time.
typedef void *cpq_connection;

/// One answer.
typedef void *cpq_result;

/// Connects to a connection URI (postgresql://…) within about so many seconds. Never null: `cpq_is_open` says whether it
/// came about, `cpq_error` why not. NULL only where libpq is not installed.
cpq_connection cpq_connect(const char *uri, const char *application, int seconds);

int cpq_is_open(cpq_connection connection);

/// What went wrong last, in libpq's words; valid until the next call.
const char *cpq_error(cpq_connection connection);

void cpq_close(cpq_connection connection);

/// Carries out one command with its parameters as text. NULL if the connection broke or no answer came in time: then it
/// is of no further use.
cpq_result cpq_run(
    cpq_connection connection, const char *command, int count, const char *const *values, int milliseconds);

/// The five characters of the SQLSTATE of a command that failed; empty for one that succeeded.
const char *cpq_state(cpq_result result);
/// In the server's words, for a command that failed.
const char *cpq_complaint(cpq_result result);
int cpq_rows(cpq_result result);
/// How many rows an insert, update or delete changed.
int cpq_changed(cpq_result result);
/// Valid until `cpq_free`; empty for null.
const char *cpq_value(cpq_result result, int row, int column);
void cpq_free(cpq_result result);

/// Waits for a notification: 1 if one may be there, 0 if none came in time, -1 if the connection broke.
int cpq_wait(cpq_connection connection, int milliseconds);
/// Copies the next notification's channel and payload, as far as they fit; 0 if there is none.
int cpq_notification(cpq_connection connection, char *channel, int channel_size, char *payload, int payload_size);

#endif
