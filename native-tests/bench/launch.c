// The measure for the launcher: the same process, made by the same system calls, from C. Reads a plan as launch-proof wrote it (the memory that the
// launcher's child works from, with the places of its pointers), and starts it once for each byte on standard input; answers with two 64-bit times in
// nanoseconds: until the program runs, and until it has ended. Each start gets an argv of the arguments after "--" and an envp of the program's own environment.
//   launch PLAN [REGISTER=DESCRIPTOR | cgroup=DESCRIPTOR]... -- [ARGUMENT]...
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// As in src/Supervisor.Launch: ChildBlock.cs, and the operations and errors of LaunchPlan.cs.
enum { FORMAT_PID = -1, STORE = -2 };
enum { IGNORE = 1, IGNORE_ALL = 2, SKIP_STEP = 3 };

struct call {
    int nr;
    short result;
    uint8_t register_arguments, on_error;
    int first, second, step_end, exit_status;
    long argument[6];
};

struct block {
    struct call *calls;
    int count, report_pipe;
    int failed_call, failed_errno, loader_missing, unused;
    long registers[128];
};

// As in src/Supervisor.Sandbox/Registers.cs: addresses of argv, of envp, and of the first of the texts that end with the process's own number.
enum { ARGUMENTS = 8, ENVIRONMENT = 9, EXEC_PID = 10 };

struct clone_arguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

typedef long syscall_function(long, long, long, long, long, long, long);
long supervisor_clone3(struct clone_arguments *, size_t, void (*)(struct block *, syscall_function *), struct block *);

static void format(char *at, long number)
{
    int size = 1;
    for (long rest = number / 10; rest; rest /= 10)
        size++;
    at[size] = 0;
    for (; size > 0; number /= 10)
        at[--size] = '0' + number % 10;
}

// As src/Supervisor.Launch/Child.cs.
static void child(struct block *block, syscall_function *call_kernel)
{
    for (int i = 0; i < block->count; i++) {
        struct call *call = &block->calls[i];
        long a[6];
        for (int n = 0; n < 6; n++)
            a[n] = call->register_arguments >> n & 1 ? block->registers[call->argument[n]] : call->argument[n];
        long result = 0;
        if (call->nr >= 0) {
            result = call_kernel(call->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
            for (int again = 0; result == -EAGAIN && call->nr == SYS_openat2 && again < 128; again++)
                result = call_kernel(call->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
        } else if (call->nr == FORMAT_PID) {
            result = call_kernel(SYS_getpid, 0, 0, 0, 0, 0, 0);
            format((char *)a[0] + a[1], result);
        } else { // STORE
            memcpy((char *)a[0] + a[1], &a[2], a[3]);
        }
        if (result < 0 && result >= -4095) {
            int meant = -result == call->first || -result == call->second;
            if (call->on_error == SKIP_STEP && meant) {
                i = call->step_end - 1;
                continue;
            }
            if (call->on_error != IGNORE_ALL && !(call->on_error == IGNORE && meant)) {
                block->failed_call = i;
                block->failed_errno = -result;
                call_kernel(SYS_exit_group, call->exit_status, 0, 0, 0, 0, 0);
            }
        }
        if (call->result >= 0)
            block->registers[call->result] = result;
    }
    call_kernel(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void need(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "launch: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

static char *put(char **texts, const char *text, size_t room)
{
    char *at = *texts;
    *texts = stpcpy(at, text) + 1 + room;
    return at;
}

// argv and envp of one start in memory of their own, as src/Supervisor.Sandbox/Start/StartArguments.cs makes them for a service without sockets and watchdog.
static void *fill(long *registers, char **arguments, char **environment)
{
    const char *exec_pid = "SYSTEMD_EXEC_PID=";
    const size_t number_room = 12;
    size_t places = 3, size = strlen(exec_pid) + 1 + number_room; // two ends and that text
    for (char **s = arguments; *s; s++, places++)
        size += strlen(*s) + 1;
    for (char **s = environment; *s; s++, places++)
        size += strlen(*s) + 1;
    char **vector = calloc(1, 8 * places + size), *texts = (char *)(vector + places);
    void *memory = vector;
    need(memory != 0, "calloc");
    registers[ARGUMENTS] = (long)vector;
    for (char **s = arguments; *s; s++)
        *vector++ = put(&texts, *s, 0);
    vector++;
    registers[ENVIRONMENT] = (long)vector;
    for (char **s = environment; *s; s++)
        *vector++ = put(&texts, *s, 0);
    registers[EXEC_PID] = (long)(*vector = put(&texts, exec_pid, number_room));
    return memory;
}

int main(int argc, char **argv)
{
    int end = 2;
    while (end < argc && strcmp(argv[end], "--") != 0)
        end++;
    need(end < argc, "usage: launch PLAN [REGISTER=DESCRIPTOR | cgroup=DESCRIPTOR]... -- [ARGUMENT]...");
    FILE *file = fopen(argv[1], "r");
    int size, pointers;
    need(file && fread(&size, 4, 1, file) == 1 && fread(&pointers, 4, 1, file) == 1, argv[1]);
    int *places = malloc(4 * (size_t)pointers + 4);
    need(places && fread(places, 4, pointers, file) == (size_t)pointers, argv[1]);
    char *memory = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(memory != MAP_FAILED && fread(memory, 1, size, file) == (size_t)size, argv[1]);
    fclose(file);
    for (int i = 0; i < pointers; i++)
        *(char **)(memory + places[i]) += (long)memory;
    struct block *block = (struct block *)memory;
    const size_t stack_size = 32 * 1024;
    char *stack = mmap(0, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(stack != MAP_FAILED, "mmap");

    char go;
    while (read(0, &go, 1) == 1) {
        uint64_t begin = now(), times[2];
        int pidfd = -1;
        struct clone_arguments arguments = {
            .flags = 0x100000000 | 0x1000 | 0x4000 | 0x100, // CLEAR_SIGHAND, PIDFD, VFORK, VM
            .pidfd = (uint64_t)&pidfd, .exit_signal = SIGCHLD, .stack = (uint64_t)stack, .stack_size = stack_size,
        };
        memset(block->registers, 0xff, sizeof block->registers); // -1
        for (int i = 2; i < end; i++) {
            long descriptor = atol(strchr(argv[i], '=') + 1);
            if (argv[i][0] == 'c') {
                arguments.flags |= 0x200000000; // INTO_CGROUP
                arguments.cgroup = descriptor;
            } else {
                block->registers[atoi(argv[i])] = descriptor;
            }
        }
        void *texts = argv[end + 1] ? fill(block->registers, argv + end + 1, environ) : 0;
        block->failed_errno = 0;
        uint64_t all = ~0ull, mask;
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, 8);
        long pid = supervisor_clone3(&arguments, sizeof arguments, child, block);
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, 0, 8);
        free(texts);
        times[0] = now() - begin;
        need(pid > 0, "clone3");
        need((errno = block->failed_errno) == 0, argv[1]);
        siginfo_t info;
        syscall(SYS_waitid, 3, pidfd, &info, WEXITED | __WALL, 0);
        times[1] = now() - begin;
        need(info.si_code == CLD_EXITED && info.si_status == 0, "the program");
        close(pidfd);
        need(write(1, times, sizeof times) == sizeof times, "write");
    }
    return 0;
}
