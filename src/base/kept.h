/* kept: descriptors of files that somebody else in this process holds locks on.
 *
 * POSIX gives up all of a process's locks on a file when any of its descriptors of it is closed (fcntl(2)).  SQLite's locks
 * are such locks: whoever opens a database, its log or the log's index beside SQLite, to look at the bytes, and closes it
 * again, leaves every connection of the process without its locks; the next program that comes and goes then takes the
 * log away, and what is written after that is lost.  A descriptor from here is not closed by whoever asked for it: it is kept
 * for the next one, and closed only when the file has no name any more, so that nobody can come to it.
 *
 * The one list of a process, guarded by a lock; any thread. */
#ifndef RECKON_BASE_KEPT_H
#define RECKON_BASE_KEPT_H

/* For reading; -1: errno says why.  Do not close it, do not move its offset (pread, mmap). */
int kept_open(const char *path);

#endif
