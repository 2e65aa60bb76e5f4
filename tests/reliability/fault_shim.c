/* Preloaded into a process (LD_PRELOAD): counts every write, fsync, rename and link of files below a folder, over all
 * processes that it forks, and lets the nth one go wrong. faults.py makes the control block and arms it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NONE = 0, IO_ERROR = 1, DISK_FULL = 2, TORN = 3, CRASH = 4 };

typedef struct {
    atomic_ulong count;
    unsigned long nth; /* from 1 on */
    int kind;
    int is_write; /* whether the nth call was one */
    char folder[512];
    char call[512]; /* what the nth call was */
} control_t;

static control_t *control;

int fault_arm(const char *path);

int fault_arm(const char *path)
{
    const int file = open(path, O_RDWR | O_CLOEXEC);
    void *at = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    control = at == MAP_FAILED ? NULL : at;
    return control != NULL ? 0 : -1;
}

static int below(const char *path)
{
    return path[0] != '/' || strncmp(path, control->folder, strlen(control->folder)) == 0;
}

/* Counts a call and gives the fault that hits it. */
static int fault_of(const char *call, const char *path, int is_write)
{
    const unsigned long number = atomic_fetch_add(&control->count, 1) + 1;
    if (number == control->nth) {
        control->is_write = is_write;
        snprintf(control->call, sizeof control->call, "%s %s", call, path);
    }
    const int hit = number == control->nth || (control->kind == DISK_FULL && number > control->nth);
    if (!hit || control->nth == 0) {
        return NONE;
    }
    if (control->kind == CRASH || (control->kind == TORN && !is_write)) {
        kill(0, SIGKILL);
    }
    errno = control->kind == DISK_FULL ? ENOSPC : EIO;
    return control->kind;
}

static int fault_of_file(const char *call, int file, int is_write)
{
    char link[64], path[512];
    if (control == NULL || file <= 2) {
        return NONE;
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const ssize_t bytes = readlink(link, path, sizeof path - 1);
    path[bytes > 0 ? bytes : 0] = '\0';
    return path[0] == '/' && below(path) ? fault_of(call, path, is_write) : NONE;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *data, size_t bytes)
{
    const int fault = fault_of_file("write", file, 1);
    if (fault == TORN) {
        REAL(write)(file, data, bytes / 2);
        kill(0, SIGKILL);
    }
    return fault != NONE ? -1 : REAL(write)(file, data, bytes);
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
    return fault_of_file("writev", file, 1) != NONE ? -1 : REAL(writev)(file, parts, count);
}

int fsync(int file)
{
    return fault_of_file("fsync", file, 0) != NONE ? -1 : REAL(fsync)(file);
}

int fdatasync(int file)
{
    return fault_of_file("fdatasync", file, 0) != NONE ? -1 : REAL(fdatasync)(file);
}

int rename(const char *from, const char *to)
{
    const int fault = control != NULL && below(to) ? fault_of("rename", to, 0) : NONE;
    return fault != NONE ? -1 : REAL(rename)(from, to);
}

int link(const char *from, const char *to)
{
    const int fault = control != NULL && below(to) ? fault_of("link", to, 0) : NONE;
    return fault != NONE ? -1 : REAL(link)(from, to);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    const int fault = control != NULL && below(to) ? fault_of("link", to, 0) : NONE;
    return fault != NONE ? -1 : REAL(linkat)(from_folder, from, to_folder, to, flags);
}
