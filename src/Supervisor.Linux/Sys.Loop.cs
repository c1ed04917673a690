using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Tmds.Linux;

namespace Supervisor.Linux;

/// <summary>Loop devices (loop(4), LOOP_CONFIGURE since 5.8).</summary>
public static unsafe partial class Sys
{
    private const int LOOP_CTL_GET_FREE = 0x4C82, LOOP_CONFIGURE = 0x4C0A, LO_FLAGS_READ_ONLY = 1, LO_FLAGS_AUTOCLEAR = 4;
    private const int LoopTries = 64;

    /// <summary>struct loop_config: fd, block size, struct loop_info64, reserved.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 304)]
    private struct LoopConfig
    {
        [FieldOffset(0)] public uint Fd;
        [FieldOffset(4)] public uint BlockSize;
        [FieldOffset(8 + 52)] public uint Flags;
        [FieldOffset(8 + 56)] public fixed byte FileName[64];
    }

    /// <summary>
    /// A read-only loop device over an open file; it clears itself when the last descriptor and mount of it is gone. The descriptor keeps it for as long as it is open.
    /// </summary>
    public static OsResult<(Fd Device, int Number)> LoopAttach(Fd file, string path)
    {
        if (!Open("/dev/loop-control", LibC.O_RDWR).TryGet(out var control, out var error))
            return error;
        error = new OsError(Errno.EBUSY, "LOOP_CTL_GET_FREE", "/dev/loop-control");
        for (var i = 0; i < LoopTries; i++)
        {
            var number = Raw.Retry(Nr.ioctl, control.Number, LOOP_CTL_GET_FREE);
            if (number < 0)
            {
                error = Failure(number, "ioctl LOOP_CTL_GET_FREE", "/dev/loop-control");
                break;
            }
            var name = $"/dev/loop{((int)number).ToString(CultureInfo.InvariantCulture)}";
            // a devtmpfs that shows each device as it comes is not there in every container
            if (!Exists(name))
                _ = MknodAt(Fd.Cwd, name, 0x61B0, 7ul << 8 | (uint)number);
            if (!Open(name, LibC.O_RDONLY).TryGet(out var device, out error))
                break;
            LoopConfig config = default;
            config.Fd = (uint)file.Number;
            config.Flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR;
            var shown = Encoding.UTF8.GetBytes(path);
            for (var n = 0; n < shown.Length && n < 63; n++)
                config.FileName[n] = shown[n];
            var result = Raw.Retry(Nr.ioctl, device.Number, LOOP_CONFIGURE, (nint)(&config));
            if (result >= 0)
            {
                control.Close();
                return (device, (int)number);
            }
            device.Close();
            error = Failure(result, "ioctl LOOP_CONFIGURE", name);
            if (error.Errno != Errno.EBUSY) // else somebody else took it in between
                break;
        }
        control.Close();
        return error;
    }
}
