// The measure for the launcher: the same process, made by the same system calls, from C. Reads a plan as launch-proof wrote it (the memory that the
// launcher's child works from, with the places of its pointers), and starts it once for each byte on standard input; answers with two 64-bit times in
// nanoseconds: until the program runs, and until it has ended.
//   launch PLAN [REGISTER=VALUE]...
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

// As in src/Supervisor.Launch/ChildBlock.cs.
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

struct clone_arguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

typedef long syscall_function(long, long, long, long, long, long, long);
long supervisor_clone3(struct clone_arguments *, size_t, void (*)(struct block *, syscall_function *), struct block *);

static void child(struct block *block, syscall_function *call_kernel)
{
    for (int i = 0; i < block->count; i++) {
        struct call *call = &block->calls[i];
        long argument[6];
        for (int a = 0; a < 6; a++)
            argument[a] = call->register_arguments >> a & 1 ? block->registers[call->argument[a]] : call->argument[a];
        long result;
        if (call->nr >= 0)
            result = call_kernel(call->nr, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
        else
            __builtin_trap(); // the plans that are measured need no operation but calls
        if (result < 0 && result >= -4095) {
            int meant = -result == call->first || -result == call->second;
            if (call->on_error == 3 && meant) {
                i = call->step_end - 1;
                continue;
            }
            if (call->on_error != 2 && !(call->on_error == 1 && meant)) {
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

int main(int argc, char **argv)
{
    need(argc > 1, "usage: launch PLAN [REGISTER=VALUE]...");
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
        for (int i = 0; i < 128; i++)
            block->registers[i] = -1;
        for (int i = 2; i < argc; i++)
            block->registers[atoi(argv[i])] = atol(strchr(argv[i], '=') + 1);
        block->failed_errno = 0;
        int pidfd = -1;
        struct clone_arguments arguments = { 0 };
        arguments.flags = 0x100000000 | 0x1000 | 0x4000 | 0x100; // CLEAR_SIGHAND, PIDFD, VFORK, VM
        arguments.pidfd = (uint64_t)&pidfd;
        arguments.exit_signal = SIGCHLD;
        arguments.stack = (uint64_t)stack;
        arguments.stack_size = stack_size;
        uint64_t all = ~0ull, mask;
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, 8);
        long pid = supervisor_clone3(&arguments, sizeof arguments, child, block);
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, 0, 8);
        times[0] = now() - begin;
        need(pid > 0, "clone3");
        if (block->failed_errno) {
            errno = block->failed_errno;
            fprintf(stderr, "call %d: ", block->failed_call);
            need(0, argv[1]);
        }
        siginfo_t info;
        syscall(SYS_waitid, 3, pidfd, &info, WEXITED | __WALL, 0);
        times[1] = now() - begin;
        close(pidfd);
        need(write(1, times, sizeof times) == sizeof times, "write");
    }
    return 0;
}
