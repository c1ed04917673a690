# The two things that C# cannot say: a process that begins on a stack of its own, and a system call that touches nothing but registers.
        .text

# long supervisor_clone3(struct clone_args *args, size_t size, void (*child)(void *, void *), void *argument)
# In the parent: the child's number, or -errno. The child begins with child(argument, supervisor_syscall), which does not return.
        .globl  supervisor_clone3
        .type   supervisor_clone3, @function
        .p2align 4
supervisor_clone3:
        movq    %rdx, %r8               # the kernel keeps r8 and r9, and overwrites rcx and r11
        movq    %rcx, %r9
        movl    $435, %eax
        syscall
        testq   %rax, %rax
        jz      1f
        ret
1:      xorl    %ebp, %ebp              # nobody called us: the end of every stack trace
        andq    $-16, %rsp
        movq    %r9, %rdi
        leaq    supervisor_syscall(%rip), %rsi
        call    *%r8
        hlt
        .size   supervisor_clone3, .-supervisor_clone3

# long supervisor_clone(long flags, void *stack_top, int *pidfd, void (*child)(void *, void *), void *argument)
# The same by clone(2), for where a filter around us refuses clone3.
        .globl  supervisor_clone
        .type   supervisor_clone, @function
        .p2align 4
supervisor_clone:
        movq    %rcx, %r9               # r8 holds the argument; as the thread pointer of clone it is not looked at
        movl    $56, %eax
        syscall
        testq   %rax, %rax
        jz      2f
        ret
2:      xchgq   %r8, %r9
        jmp     1b
        .size   supervisor_clone, .-supervisor_clone

# long supervisor_syscall(long nr, long a, long b, long c, long d, long e, long f): the result, or -errno. No errno, no stack, no thread pointer.
        .globl  supervisor_syscall
        .protected supervisor_syscall   # the address is taken without a table
        .type   supervisor_syscall, @function
        .p2align 4
supervisor_syscall:
        movq    %rdi, %rax
        movq    %rsi, %rdi
        movq    %rdx, %rsi
        movq    %rcx, %rdx
        movq    %r8, %r10
        movq    %r9, %r8
        movq    8(%rsp), %r9
        syscall
        ret
        .size   supervisor_syscall, .-supervisor_syscall

# void *supervisor_syscall_address(void)
        .globl  supervisor_syscall_address
        .type   supervisor_syscall_address, @function
        .p2align 4
supervisor_syscall_address:
        leaq    supervisor_syscall(%rip), %rax
        ret
        .size   supervisor_syscall_address, .-supervisor_syscall_address

        .section .note.GNU-stack, "", @progbits
