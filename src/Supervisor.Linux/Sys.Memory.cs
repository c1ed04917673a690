namespace Supervisor.Linux;

/// <summary>Memory that no collector knows.</summary>
public static unsafe partial class Sys
{
    /// <summary>mmap(2) of fresh zeroed pages, readable and writable.</summary>
    public static OsResult<nint> MapMemory(nint size)
    {
        // PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS
        var n = Raw.Call(Nr.mmap, 0, size, 3, 0x22, -1, 0);
        return n is < 0 and >= -4095 ? Failure(n, "mmap") : n;
    }

    /// <summary>mprotect(2).</summary>
    public static OsResult ProtectMemory(nint address, nint size, int protection) => Void("mprotect", null, Raw.Call(Nr.mprotect, address, size, protection));

    /// <summary>munmap(2).</summary>
    public static void UnmapMemory(nint address, nint size) => _ = Raw.Call(Nr.munmap, address, size);
}
