// probe WHAT [ARGUMENT]: makes one call that no shell makes and prints "ok" or the name of the error.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ipc.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int answer(long result)
{
    puts(result >= 0 ? "ok" : strerrorname_np(errno));
    return result < 0;
}

// sd_notify(3): one datagram to NOTIFY_SOCKET, with a descriptor unless that is -1.
static long notify_with(const char *text, int passed)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    if (!path || strlen(path) >= sizeof to.sun_path) {
        errno = EDESTADDRREQ;
        return -1;
    }
    strcpy(to.sun_path, path);
    socklen_t length = offsetof(struct sockaddr_un, sun_path) + strlen(path);
    if (path[0] == '@')
        to.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    struct iovec part = { .iov_base = (void *)text, .iov_len = strlen(text) };
    union { char space[CMSG_SPACE(sizeof(int))]; struct cmsghdr head; } control = { 0 };
    struct msghdr message = { .msg_name = &to, .msg_namelen = length, .msg_iov = &part, .msg_iovlen = 1 };
    if (passed >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        control.head = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) };
        memcpy(CMSG_DATA(&control.head), &passed, sizeof(int));
    }
    long sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    close(fd);
    return sent;
}

static long notify(const char *text)
{
    return notify_with(text, -1);
}

// Waits until the manager has read what was said: a process that is gone before is nobody that could be believed (sd_notify_barrier(3)).
static long barrier(long result)
{
    int ends[2];
    char nothing;
    if (result < 0 || pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    result = notify_with("BARRIER=1", ends[1]);
    close(ends[1]);
    return result < 0 ? result : read(ends[0], &nothing, 1);
}

// A memory file with a text, given to the manager's store under a name.
static long store(const char *name, const char *text)
{
    char message[300];
    int fd = memfd_create(name, MFD_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) < 0 || lseek(fd, 0, SEEK_SET) < 0)
        return -1;
    snprintf(message, sizeof message, "FDSTORE=1\nFDNAME=%s", name);
    return barrier(notify_with(message, fd));
}

// Type=notify-reload as sd_notify(3) wants it: each SIGHUP adds a line to a file.
static long reload_loop(const char *path)
{
    sigset_t hangup;
    sigemptyset(&hangup);
    sigaddset(&hangup, SIGHUP);
    sigprocmask(SIG_BLOCK, &hangup, NULL);
    long result = notify("READY=1");
    for (int got; result >= 0 && !sigwait(&hangup, &got);) {
        struct timespec now;
        char text[100];
        clock_gettime(CLOCK_MONOTONIC, &now);
        snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld", now.tv_sec * 1000000LL + now.tv_nsec / 1000);
        notify(text);
        int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
        result = fd < 0 ? -1 : write(fd, "reloaded\n", 9);
        close(fd);
        notify("READY=1");
    }
    return result;
}

// One string of a D-Bus message, padded to 4.
static size_t bus_text(char *at, size_t length, const char *text)
{
    while (length % 4)
        at[length++] = 0;
    unsigned size = (unsigned)strlen(text);
    memcpy(at + length, &size, 4);
    memcpy(at + length + 4, text, size + 1);
    return length + 4 + size + 1;
}

static size_t bus_call(char *at, unsigned serial, const char *member, const char *name)
{
    static const char *const fields[] = { "\1o", "/org/freedesktop/DBus", "\2s", "org.freedesktop.DBus", "\3s", NULL, "\6s", "org.freedesktop.DBus" };
    char body[300];
    size_t length = 16, bytes = name ? bus_text(body, 0, name) : 0;
    for (int i = 0; i < 8; i += 2) {
        while (length % 8)
            at[length++] = 0;
        at[length] = fields[i][0], at[length + 1] = 1, at[length + 2] = fields[i][1], at[length + 3] = 0;
        length = bus_text(at, length + 4, fields[i + 1] ? fields[i + 1] : member);
    }
    if (name) {
        while (length % 8)
            at[length++] = 0;
        memcpy(at + length, "\10\1g\0\2su", 8);
        length += 8;
        while (bytes % 4)
            body[bytes++] = 0;
        memset(body + bytes, 0, 4);
        bytes += 4;
    }
    unsigned head[] = { (unsigned)bytes, serial, (unsigned)length - 16 };
    memcpy(at, "l\1\0\1", 4);
    memcpy(at + 4, head, sizeof head);
    while (length % 8)
        at[length++] = 0;
    memcpy(at + length, body, bytes);
    return length + bytes;
}

// Takes a name on the system bus and keeps it.
static long own(const char *name)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "/run/dbus/system_bus_socket" };
    char data[2000];
    size_t length = 0;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        return -1;
    data[length++] = 0;
    length += (size_t)sprintf(data + length, "AUTH EXTERNAL 30\r\nBEGIN\r\n");
    if (write(fd, data, length) < 0)
        return -1;
    memset(data, 0, sizeof data);
    length = bus_call(data, 1, "Hello", NULL);
    length += bus_call(data + length, 2, "RequestName", name);
    if (write(fd, data, length) < 0)
        return -1;
    for (;;)
        if (read(fd, data, sizeof data) <= 0)
            return -1;
}

static long write_then_execute(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? -1 : mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static long open_suid(const char *path)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 04755);
    if (fd < 0)
        return -1;
    struct stat status;
    fstat(fd, &status);
    close(fd);
    unlink(path);
    errno = EPERM;
    return status.st_mode & 04000 ? 0 : -1;
}

static long chmod_suid(const char *path)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    if (fd < 0)
        return -1;
    long result = fchmod(fd, 04755);
    int saved = errno;
    close(fd);
    unlink(path);
    errno = saved;
    return result;
}

#if defined(__x86_64__)
// The 32-bit gate: call 20 is getpid there.
static long by_int80(void)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory", "r8", "r9", "r10", "r11");
    if (result >= 0)
        return result;
    errno = (int)-result;
    return -1;
}
#endif

int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "";
    const char *argument = count > 2 ? arguments[2] : "";
    setvbuf(stdout, NULL, _IONBF, 0);

    if (!strcmp(what, "notify")) {
        char text[1024];
        size_t length = 0;
        for (int i = 2; i < count; i++)
            length += (size_t)snprintf(text + length, sizeof text - length, "%s\n", arguments[i]);
        return answer(barrier(notify(text)));
    }
    if (!strcmp(what, "serve")) { // notify, then sleep until killed
        long result = notify(argument);
        if (result < 0)
            return answer(result);
        for (;;)
            pause();
    }
    if (!strcmp(what, "store"))
        return answer(store(argument, count > 3 ? arguments[3] : ""));
    if (!strcmp(what, "reload-loop"))
        return answer(reload_loop(argument));
    if (!strcmp(what, "own"))
        return answer(own(argument));
    if (!strcmp(what, "mprotect"))
        return answer(write_then_execute());
    if (!strcmp(what, "personality"))
        return answer(personality(PER_LINUX32));
    if (!strcmp(what, "securebits")) {
        printf("%d\n", prctl(PR_GET_SECUREBITS));
        return 0;
    }
    if (!strcmp(what, "realtime")) {
        struct sched_param parameters = { .sched_priority = 1 };
        return answer(sched_setscheduler(0, SCHED_FIFO, &parameters));
    }
    if (!strcmp(what, "chmod-suid"))
        return answer(chmod_suid(argument));
    if (!strcmp(what, "open-suid"))
        return answer(open_suid(argument));
    if (!strcmp(what, "sethostname"))
        return answer(sethostname("other", 5));
    if (!strcmp(what, "settime")) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        return answer(clock_settime(CLOCK_REALTIME, &now));
    }
    if (!strcmp(what, "klog"))
        return answer(klogctl(10, NULL, 0));
    if (!strcmp(what, "module"))
        return answer(syscall(SYS_init_module, "", 0UL, ""));
    if (!strcmp(what, "keyring")) { // the serial of the session keyring
        long serial = syscall(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3, 0);
        serial < 0 ? puts("keyring none") : printf("keyring %ld\n", serial);
        return 0;
    }
    if (!strcmp(what, "unshare"))
        return answer(unshare((int)strtoul(argument, NULL, 0)));
    if (!strcmp(what, "socket"))
        return answer(socket(atoi(argument), SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!strcmp(what, "io_uring"))
        return answer(syscall(425, 0, NULL));
    if (!strcmp(what, "mount")) {
        long result = mount("none", "/tmp", "tmpfs", 0, NULL);
        if (result == 0)
            umount2("/tmp", MNT_DETACH);
        return answer(result);
    }
    if (!strcmp(what, "unknown-call"))
        return answer(syscall(9999));
    if (!strcmp(what, "shm")) // makes a segment and leaves it
        return answer(shmget(0x5355, 4096, IPC_CREAT | 0600));
    if (!strcmp(what, "udp")) { // one datagram to an address: what IPAddressDeny= forbids
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        return answer(fd < 0 ? -1 : sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to));
    }
    if (!strcmp(what, "bind")) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argument)) };
        return answer(fd < 0 ? -1 : bind(fd, (struct sockaddr *)&to, sizeof to));
    }
#if defined(__x86_64__)
    if (!strcmp(what, "int80"))
        return answer(by_int80());
    if (!strcmp(what, "x32"))
        return answer(syscall(0x40000000 | 39));
#endif
    fprintf(stderr, "probe: unknown call %s\n", what);
    return 2;
}
