namespace Supervisor.Linux;

/// <summary>POSIX message queues (mq_overview(7)); names begin with "/", which the kernel's own do not.</summary>
public static unsafe partial class Sys
{
    /// <summary>mq_open(2): for reading, not blocking, close-on-exec, made when it is not there.</summary>
    /// <param name="size">Messages and bytes of each; null for what the kernel takes by default.</param>
    public static OsResult<Fd> OpenMessageQueue(string name, uint mode, (long Messages, long Bytes)? size)
    {
        const int O_CREAT = 0x40, O_NONBLOCK = 0x800, O_CLOEXEC = 0x80000;
        byte* text = stackalloc byte[CText.Max];
        if (CText.Write(name[1..], new(text, CText.Max)) is not Errno.None and var unusable)
            return new OsError(unusable, "mq_open", name);
        // struct mq_attr: long flags, maxmsg, msgsize, curmsgs, 4 reserved
        long* attributes = stackalloc long[8];
        new Span<long>(attributes, 8).Clear();
        if (size is var (messages, bytes))
            (attributes[1], attributes[2]) = (messages, bytes);
        return NewFd("mq_open", Raw.Call(Nr.mq_open, (nint)text, O_CREAT | O_NONBLOCK | O_CLOEXEC, (nint)mode, size is null ? 0 : (nint)attributes), name);
    }

    /// <summary>mq_unlink(2).</summary>
    public static OsResult UnlinkMessageQueue(string name)
    {
        byte* text = stackalloc byte[CText.Max];
        return CText.Write(name[1..], new(text, CText.Max)) is not Errno.None and var unusable
            ? new OsError(unusable, "mq_unlink", name)
            : Void("mq_unlink", name, Raw.Call(Nr.mq_unlink, (nint)text));
    }

    /// <summary>mq_receive(3) until nothing is left.</summary>
    public static void EmptyMessageQueue(Fd queue)
    {
        long* attributes = stackalloc long[8];
        if (Raw.Call(Nr.mq_getsetattr, queue.Number, 0, (nint)attributes) < 0)
            return;
        var buffer = new byte[Math.Clamp(attributes[2], 1, 1 << 24)];
        fixed (byte* p = buffer)
        {
            for (var left = attributes[3]; left > 0 && Raw.Retry(Nr.mq_timedreceive, queue.Number, (nint)p, buffer.Length, 0, 0) >= 0; left--)
            {
            }
        }
    }
}
