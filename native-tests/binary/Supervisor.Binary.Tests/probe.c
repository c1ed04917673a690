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

// sd_notify(3): one datagram to NOTIFY_SOCKET.
static long notify(const char *text)
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
    long sent = sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&to, length);
    close(fd);
    return sent;
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
        return answer(notify(text));
    }
    if (!strcmp(what, "serve")) { // notify, then sleep until killed
        long result = notify(argument);
        if (result < 0)
            return answer(result);
        for (;;)
            pause();
    }
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
