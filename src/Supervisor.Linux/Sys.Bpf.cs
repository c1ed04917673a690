using System.Text;

namespace Supervisor.Linux;

/// <summary>bpf(2): programs, and their place at a cgroup.</summary>
public static unsafe partial class Sys
{
    public const int BPF_PROG_TYPE_CGROUP_SKB = 8, BPF_CGROUP_INET_INGRESS = 0, BPF_CGROUP_INET_EGRESS = 1, BPF_F_ALLOW_MULTI = 2,
        BPF_PROG_TYPE_CGROUP_DEVICE = 15, BPF_CGROUP_DEVICE = 6;

    private const int BPF_PROG_LOAD = 5, BPF_PROG_ATTACH = 8, BPF_PROG_QUERY = 16;

    /// <summary>
    /// BPF_PROG_LOAD of instructions of 8 bytes each. <paramref name="name"/> is shown by bpftool: at most 15 letters, digits, dots and underscores.
    /// The kernel needs CAP_BPF and CAP_NET_ADMIN for programs at a cgroup.
    /// </summary>
    public static OsResult<Fd> BpfLoad(int type, int attachType, ReadOnlySpan<byte> code, string name)
    {
        // union bpf_attr: type, count, &code, &license, log level, size and buffer, kernel version, flags, name[16], ifindex, attach type
        const int size = 72;
        byte* attributes = stackalloc byte[size];
        new Span<byte>(attributes, size).Clear();
        fixed (byte* instructions = code)
        fixed (byte* license = "MIT\0"u8)
        {
            *(int*)attributes = type;
            *(int*)(attributes + 4) = code.Length / 8;
            *(nint*)(attributes + 8) = (nint)instructions;
            *(nint*)(attributes + 16) = (nint)license;
            if (!Encoding.ASCII.TryGetBytes(name, new Span<byte>(attributes + 48, 15), out _))
                return new OsError(Errno.EINVAL, "bpf (BPF_PROG_LOAD)", name);
            *(int*)(attributes + 68) = attachType;
            while (true)
            {
                var fd = Raw.Call(Nr.bpf, BPF_PROG_LOAD, (nint)attributes, size);
                // EAGAIN: the verifier was interrupted by a signal
                if (fd == -(nint)Errno.EAGAIN)
                    continue;
                return NewFd("bpf (BPF_PROG_LOAD)", fd, name);
            }
        }
    }

    /// <summary>BPF_PROG_ATTACH to a cgroup of version 2. The cgroup keeps the program and takes it with it when it goes.</summary>
    public static OsResult BpfAttach(Fd program, Fd cgroup, int attachType, int flags)
    {
        int* attributes = stackalloc int[4];
        attributes[0] = cgroup.Number;
        attributes[1] = program.Number;
        attributes[2] = attachType;
        attributes[3] = flags;
        return Void("bpf (BPF_PROG_ATTACH)", null, Raw.Call(Nr.bpf, BPF_PROG_ATTACH, (nint)attributes, 16));
    }

    /// <summary>BPF_PROG_QUERY: how many programs are attached at the cgroup itself.</summary>
    public static OsResult<int> BpfCount(Fd cgroup, int attachType)
    {
        // target fd, attach type, query flags, attach flags, &ids, count
        int* attributes = stackalloc int[8];
        new Span<int>(attributes, 8).Clear();
        attributes[0] = cgroup.Number;
        attributes[1] = attachType;
        var n = Raw.Call(Nr.bpf, BPF_PROG_QUERY, (nint)attributes, 32);
        return n < 0 ? Failure(n, "bpf (BPF_PROG_QUERY)") : attributes[6];
    }
}
