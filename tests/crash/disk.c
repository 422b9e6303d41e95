/* A disk that fails at a chosen call: preloaded into a process (LD_PRELOAD), it watches every call that changes
 * something under one folder and, at the chosen one, kills the process group, cuts the power or reports an error.
 *
 *   CRASH_ROOT   the folder that is watched, canonical
 *   CRASH_LOG    where every watched call is noted: "number call place nth\n", a deed with a line of its own
 *   CRASH_CALL, CRASH_PLACE, CRASH_NTH   the chosen call: its kind, where, and which of them, counted over all threads
 *   CRASH_DEED   kill (before it)   torn (after it; a write only half)   power (before it; what was not synced is lost)
 *                short (half a write, no error)   full (ENOSPC, from then on)   ENOSPC EIO EMFILE (this once)
 *   CRASH_SAVE   for `power`: a folder on the same disk, outside the root, for what must be put back
 *
 * Kinds: create open write truncate sync syncdir rename link unlink mkdir rmdir close. A place is the first two names of
 * a path under the root; a hidden second name counts as ".*". One lock is held over each watched call, so that nothing is
 * under way when the power goes. What a loss of power does: every file is cut to its length when it was last synced,
 * and what was created, renamed or removed in a folder since that was synced is undone, last first. Memory-mapped
 * writes are not seen; the only ones here are those of SQLite's -shm file, which is rebuilt after a crash.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum deed { NOTHING, KILL, TORN, POWER, SHORT, FULL, ERROR };

static const char *NAMES[] = {"", "kill", "torn", "power", "short", "full", "ENOSPC", "EIO", "EMFILE", 0};
static const int ERRORS[] = {0, 0, 0, 0, 0, 0, ENOSPC, EIO, EMFILE};

static pthread_mutex_t turn = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static char root[PATH_MAX], save[PATH_MAX], wanted_call[16], wanted_place[256];
static size_t root_length;
static long wanted_nth, number, saved_number;
static enum deed wanted = NOTHING;
static int wanted_error, log_fd = -1, ready, is_full;

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void start(void) {
    if (ready) return;
    const char *value = getenv("CRASH_ROOT");
    ready = 1;
    if (!value) return;
    snprintf(root, sizeof root, "%s/", value);
    root_length = strlen(root);
    if ((value = getenv("CRASH_LOG")))
        log_fd = syscall(SYS_openat, AT_FDCWD, value, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if ((value = getenv("CRASH_CALL"))) snprintf(wanted_call, sizeof wanted_call, "%s", value);
    if ((value = getenv("CRASH_PLACE"))) snprintf(wanted_place, sizeof wanted_place, "%s", value);
    if ((value = getenv("CRASH_NTH"))) wanted_nth = atol(value);
    if ((value = getenv("CRASH_SAVE"))) snprintf(save, sizeof save, "%s", value);
    if ((value = getenv("CRASH_DEED")))
        for (int i = 1; NAMES[i]; i++)
            if (!strcmp(value, NAMES[i])) wanted = i < ERROR ? (enum deed)i : ERROR, wanted_error = ERRORS[i];
}

/* -- where ------------------------------------------------------------------------------------------------------- */

static int inside(const char *path) {
    size_t length = strlen(path);
    return !strncmp(path, root, root_length) || (length + 1 == root_length && !strncmp(path, root, length));
}

/* The path without "." and doubled slashes; 0 where it is not under the root. */
static int watched(int folder, const char *path, char *out) {
    char raw[2 * PATH_MAX];
    size_t length = 0;
    if (!root_length || !path) return 0;
    if (path[0] != '/') {
        char link[64];
        ssize_t n;
        if (folder == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
        else snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        n = syscall(SYS_readlinkat, AT_FDCWD, link, raw, PATH_MAX - 1);
        if (n < 0) return 0;
        raw[n] = 0;
        snprintf(raw + n, sizeof raw - n, "/%s", path);
    } else
        snprintf(raw, sizeof raw, "%s", path);
    for (char *at = raw; *at && length < PATH_MAX - 1; at++) {
        if (at[0] == '/' && (at[1] == '/' || at[1] == 0)) continue;
        if (at[0] == '/' && at[1] == '.' && (at[2] == '/' || at[2] == 0)) { at++; continue; }
        out[length++] = *at;
    }
    out[length] = 0;
    return inside(out);
}

static int watched_fd(int fd, char *out) {
    char link[64];
    if (!root_length) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = syscall(SYS_readlinkat, AT_FDCWD, link, out, PATH_MAX - 1);
    if (n < 0) return 0;
    out[n] = 0;
    if (n > 10 && !strcmp(out + n - 10, " (deleted)")) return 0;
    return inside(out);
}

static void place_of(const char *path, char *out, size_t size) {
    const char *rest, *second, *end;
    if (strlen(path) < root_length) { snprintf(out, size, "."); return; }
    rest = path + root_length, second = strchr(rest, '/');
    if (!second) { snprintf(out, size, "%s", rest); return; }
    end = strchr(second + 1, '/');
    if (second[1] == '.') snprintf(out, size, "%.*s/.*", (int)(second - rest), rest);
    else snprintf(out, size, "%.*s", (int)(end ? end - rest : (long)strlen(rest)), rest);
}

/* -- what is not durable yet --------------------------------------------------------------------------------------- */

struct content { char *path; off_t synced; struct content *next; };
struct change { char kind; char *path, *from, *kept; struct change *before; };
static struct content *contents;
static struct change *changes;

static off_t size_of(const char *path) {
    struct stat found;
    return stat(path, &found) ? -1 : found.st_size;
}

static struct content *content_of(const char *path) {
    for (struct content *one = contents; one; one = one->next)
        if (!strcmp(one->path, path)) return one;
    return 0;
}

static void note_content(const char *path, off_t synced) {
    struct content *one = content_of(path);
    if (wanted != POWER) return;
    if (!one) {
        one = calloc(1, sizeof *one);
        one->path = strdup(path), one->next = contents, contents = one;
    }
    one->synced = synced;
}

static void note_change(char kind, const char *path, const char *from, char *kept) {
    if (wanted != POWER) return;
    struct change *one = calloc(1, sizeof *one);
    one->kind = kind, one->path = strdup(path), one->from = from ? strdup(from) : 0, one->kept = kept;
    one->before = changes, changes = one;
}

/* A second name for a file that is about to go, by which it could come back. */
static char *keep(const char *path) {
    char name[PATH_MAX + 32];
    struct stat found;
    if (wanted != POWER || lstat(path, &found) || !S_ISREG(found.st_mode)) return 0;
    snprintf(name, sizeof name, "%s/kept-%ld", save, ++saved_number);
    return syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, name, 0) ? 0 : strdup(name);
}

static void moved(const char *from, const char *to) {
    struct content *one = content_of(to);
    if (one) one->path = strdup("");
    if ((one = content_of(from))) one->path = strdup(to);
}

static void folder_synced(const char *folder) {
    size_t length = strlen(folder);
    for (struct change **at = &changes; *at;) {
        const char *path = (*at)->path, *slash = strrchr(path, '/');
        if ((size_t)(slash - path) == length && !strncmp(path, folder, length)) *at = (*at)->before;
        else at = &(*at)->before;
    }
}

static void lose_what_is_not_durable(void) {
    char lost[PATH_MAX + 32];
    for (struct content *one = contents; one; one = one->next) {
        size_t n = strlen(one->path);
        if (n > 4 && !strcmp(one->path + n - 4, "-shm")) continue;
        if (n && size_of(one->path) > one->synced) REAL(truncate)(one->path, one->synced);
    }
    for (struct change *one = changes; one; one = one->before) {
        snprintf(lost, sizeof lost, "%s/lost-%ld", save, ++saved_number);
        if (one->kind == 'c' || one->kind == 'd') syscall(SYS_renameat, AT_FDCWD, one->path, AT_FDCWD, lost);
        if (one->kind == 'r') syscall(SYS_renameat, AT_FDCWD, one->path, AT_FDCWD, one->from);
        if (one->kept) syscall(SYS_linkat, AT_FDCWD, one->kept, AT_FDCWD, one->path, 0);
    }
}

/* -- at each call -------------------------------------------------------------------------------------------------- */

struct count { char key[300]; long n; struct count *next; };
static struct count *counts;

static void tell(const char *format, ...) {
    char line[512];
    va_list values;
    va_start(values, format);
    int n = vsnprintf(line, sizeof line, format, values);
    va_end(values);
    if (log_fd >= 0) syscall(SYS_write, log_fd, line, n);
}

static void die(enum deed deed) {
    if (deed == POWER) lose_what_is_not_durable();
    tell("! %s\n", NAMES[deed]);
    syscall(SYS_kill, 0, SIGKILL); /* the whole group: the harness gave this process one of its own */
    for (;;) pause();
}

/* Count the call. Dies here, or says what to do with it. */
static enum deed arrive(const char *call, const char *path) {
    char place[256], key[300];
    struct count *one;
    place_of(path, place, sizeof place);
    snprintf(key, sizeof key, "%s %s", call, place);
    for (one = counts; one && strcmp(one->key, key); one = one->next) {}
    if (!one) {
        one = calloc(1, sizeof *one);
        strcpy(one->key, key), one->next = counts, counts = one;
    }
    tell("%ld %s %ld\n", ++number, key, ++one->n);
    if (is_full && strcmp(call, "sync") && strcmp(call, "syncdir") && strcmp(call, "unlink") && strcmp(call, "rmdir") &&
        strcmp(call, "rename") && strcmp(call, "open") && strcmp(call, "close"))
        return errno = ENOSPC, ERROR;
    if (strcmp(call, wanted_call) || strcmp(place, wanted_place) || one->n != wanted_nth) return NOTHING;
    if (wanted == KILL || wanted == POWER) die(wanted);
    if (wanted == FULL) return tell("! full\n"), is_full = 1, errno = ENOSPC, ERROR;
    if (wanted == ERROR) return tell("! error %d\n", wanted_error), errno = wanted_error, ERROR;
    if (wanted == SHORT) tell("! short\n");
    return wanted;
}

static void lock(void) { pthread_mutex_lock(&turn); }
static void unlock(void) {
    int kept = errno;
    pthread_mutex_unlock(&turn);
    errno = kept;
}

#define FAILED(deed) ((deed) == ERROR)
/* A call that is done whole or not at all: `work` sets `result`, the rest runs where it succeeded. */
#define WHOLE(call, path, failure, work, ...)               \
    do {                                                    \
        lock();                                             \
        enum deed deed = arrive(call, path);                \
        if (FAILED(deed)) result = failure;                 \
        else {                                              \
            work;                                           \
            int kept_errno = errno;                         \
            if (result != failure) { __VA_ARGS__; }         \
            if (deed == TORN) die(deed);                    \
            errno = kept_errno;                             \
        }                                                   \
        unlock();                                           \
    } while (0)

static int opened(int folder, const char *path, int flags, mode_t mode) {
    char full[PATH_MAX];
    int result;
    if (!ready) start();
    int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT);
    if (!writes || (flags & O_TMPFILE) == O_TMPFILE || !watched(folder, path, full))
        return syscall(SYS_openat, folder, path, flags | O_LARGEFILE, mode);
    struct stat found;
    int there = !lstat(full, &found), cut = there && (flags & O_TRUNC) && found.st_size;
    const char *call = !there && (flags & O_CREAT) ? "create" : cut ? "truncate" : "open";
    WHOLE(call, full, -1, result = syscall(SYS_openat, folder, path, flags | O_LARGEFILE, mode), {
        if (!there) note_change('c', full, 0, 0), note_content(full, 0);
        else if (cut) note_content(full, 0);
    });
    return result;
}

static mode_t mode_in(int flags, va_list values) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(values, mode_t) : 0;
}

#define OPEN(name, before, folder)                          \
    int name(before const char *path, int flags, ...) {     \
        va_list values;                                     \
        va_start(values, flags);                            \
        mode_t mode = mode_in(flags, values);               \
        va_end(values);                                     \
        return opened(folder, path, flags, mode);           \
    }
#define COMMA ,
OPEN(open, , AT_FDCWD)
OPEN(open64, , AT_FDCWD)
OPEN(openat, int folder COMMA, folder)
OPEN(openat64, int folder COMMA, folder)
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

/* A write of `size` bytes: `all` does it, `half` does the first half of it. */
#define WRITE(size, all, half)                                                  \
    do {                                                                        \
        char full[PATH_MAX];                                                    \
        ssize_t result;                                                         \
        if (!watched_fd(fd, full)) return all;                                  \
        lock();                                                                 \
        off_t before = size_of(full);                                           \
        enum deed deed = arrive("write", full);                                 \
        if (FAILED(deed)) result = -1;                                          \
        else {                                                                  \
            if (!content_of(full)) note_content(full, before);                  \
            result = (deed == TORN || deed == SHORT) && (size) > 1 ? half : all; \
            if (deed == TORN) die(deed);                                        \
        }                                                                       \
        unlock();                                                               \
        return result;                                                          \
    } while (0)

ssize_t write(int fd, const void *data, size_t n) {
    WRITE(n, syscall(SYS_write, fd, data, n), syscall(SYS_write, fd, data, n / 2));
}
ssize_t pwrite(int fd, const void *data, size_t n, off_t at) {
    WRITE(n, syscall(SYS_pwrite64, fd, data, n, at), syscall(SYS_pwrite64, fd, data, n / 2, at));
}
ssize_t pwrite64(int fd, const void *data, size_t n, off_t at) { return pwrite(fd, data, n, at); }
ssize_t writev(int fd, const struct iovec *parts, int n) {
    WRITE(parts[0].iov_len, REAL(writev)(fd, parts, n), syscall(SYS_write, fd, parts[0].iov_base, parts[0].iov_len / 2));
}
ssize_t pwritev(int fd, const struct iovec *parts, int n, off_t at) {
    WRITE(parts[0].iov_len, REAL(pwritev)(fd, parts, n, at),
          syscall(SYS_pwrite64, fd, parts[0].iov_base, parts[0].iov_len / 2, at));
}
ssize_t pwritev64(int fd, const struct iovec *parts, int n, off_t at) { return pwritev(fd, parts, n, at); }
ssize_t copy_file_range(int in, off_t *in_at, int fd, off_t *at, size_t n, unsigned flags) {
    WRITE(n, syscall(SYS_copy_file_range, in, in_at, fd, at, n, flags),
          syscall(SYS_copy_file_range, in, in_at, fd, at, n / 2, flags));
}
ssize_t sendfile(int fd, int in, off_t *at, size_t n) {
    WRITE(n, syscall(SYS_sendfile, fd, in, at, n), syscall(SYS_sendfile, fd, in, at, n / 2));
}
ssize_t sendfile64(int fd, int in, off_t *at, size_t n) { return sendfile(fd, in, at, n); }

static int synced(int fd, long how) {
    char full[PATH_MAX];
    struct stat found;
    int result;
    if (!watched_fd(fd, full) || fstat(fd, &found)) return syscall(how, fd);
    int folder = S_ISDIR(found.st_mode);
    WHOLE(folder ? "syncdir" : "sync", full, -1, result = syscall(how, fd),
          if (folder) folder_synced(full); else note_content(full, size_of(full)));
    return result;
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

int ftruncate(int fd, off_t size) {
    char full[PATH_MAX];
    int result;
    if (!watched_fd(fd, full)) return syscall(SYS_ftruncate, fd, size);
    WHOLE("truncate", full, -1, { off_t was = size_of(full); if (!content_of(full)) note_content(full, was);
          result = syscall(SYS_ftruncate, fd, size); },
          { struct content *one = content_of(full); if (one && one->synced > size) one->synced = size; });
    return result;
}
int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }
int posix_fallocate(int fd, off_t at, off_t n) {
    char full[PATH_MAX];
    int result;
    if (!watched_fd(fd, full)) return REAL(posix_fallocate)(fd, at, n);
    WHOLE("truncate", full, -1, result = REAL(posix_fallocate)(fd, at, n), (void)0);
    return result == -1 ? errno : result;
}
int posix_fallocate64(int fd, off_t at, off_t n) { return posix_fallocate(fd, at, n); }

static int renamed(int a, const char *from, int b, const char *to, unsigned flags) {
    char old[PATH_MAX], new[PATH_MAX];
    int result;
    if (!watched(b, to, new) || !watched(a, from, old)) return syscall(SYS_renameat2, a, from, b, to, flags);
    WHOLE("rename", new, -1, { char *kept = keep(new); result = syscall(SYS_renameat2, a, from, b, to, flags);
          if (!result) note_change('r', new, old, kept); }, moved(old, new));
    return result;
}
int rename(const char *from, const char *to) { return renamed(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char *from, int b, const char *to) { return renamed(a, from, b, to, 0); }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) { return renamed(a, from, b, to, flags); }

static int linked(int a, const char *from, int b, const char *to, int flags) {
    char full[PATH_MAX];
    int result;
    if (!watched(b, to, full)) return syscall(SYS_linkat, a, from, b, to, flags);
    WHOLE("link", full, -1, result = syscall(SYS_linkat, a, from, b, to, flags), note_change('c', full, 0, 0));
    return result;
}
int link(const char *from, const char *to) { return linked(AT_FDCWD, from, AT_FDCWD, to, 0); }
int linkat(int a, const char *from, int b, const char *to, int flags) { return linked(a, from, b, to, flags); }

static int removed(int folder, const char *path, int flags) {
    char full[PATH_MAX];
    struct stat found;
    int result;
    if (!watched(folder, path, full) || lstat(full, &found)) return syscall(SYS_unlinkat, folder, path, flags);
    WHOLE(flags & AT_REMOVEDIR ? "rmdir" : "unlink", full, -1,
          { char *kept = keep(full); result = syscall(SYS_unlinkat, folder, path, flags);
            if (!result && kept) note_change('u', full, 0, kept); }, (void)0);
    return result;
}
int unlink(const char *path) { return removed(AT_FDCWD, path, 0); }
int unlinkat(int folder, const char *path, int flags) { return removed(folder, path, flags); }
int remove(const char *path) {
    struct stat found;
    return removed(AT_FDCWD, path, !lstat(path, &found) && S_ISDIR(found.st_mode) ? AT_REMOVEDIR : 0);
}
int rmdir(const char *path) { return removed(AT_FDCWD, path, AT_REMOVEDIR); }

static int made(int folder, const char *path, mode_t mode) {
    char full[PATH_MAX];
    int result;
    struct stat found;
    if (!watched(folder, path, full) || !lstat(full, &found)) return syscall(SYS_mkdirat, folder, path, mode);
    WHOLE("mkdir", full, -1, result = syscall(SYS_mkdirat, folder, path, mode), note_change('d', full, 0, 0));
    return result;
}
int mkdir(const char *path, mode_t mode) { return made(AT_FDCWD, path, mode); }
int mkdirat(int folder, const char *path, mode_t mode) { return made(folder, path, mode); }

int close(int fd) {
    char full[PATH_MAX];
    int result, flags = root_length ? fcntl(fd, F_GETFL) : -1;
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || !watched_fd(fd, full)) return syscall(SYS_close, fd);
    lock();
    enum deed deed = arrive("close", full);
    int error = errno;
    result = syscall(SYS_close, fd); /* the descriptor is gone even where closing fails */
    if (FAILED(deed)) result = -1, errno = error;
    if (deed == TORN) die(deed);
    unlock();
    return result;
}
