namespace Supervisor.Linux;

/// <summary>Kernel modules.</summary>
public static unsafe partial class Sys
{
    /// <summary>MODULE_INIT_COMPRESSED_FILE of finit_module(2), kernel 5.17.</summary>
    public const int MODULE_INIT_COMPRESSED_FILE = 4;

    /// <summary>finit_module(2) with parameters as in <c>modprobe NAME PARAMETERS</c>; EEXIST when it is loaded.</summary>
    public static OsResult LoadModule(Fd file, string parameters, int flags, string? name = null)
    {
        byte* p = stackalloc byte[CText.Max];
        if (CText.Write(parameters, new(p, CText.Max)) is not Errno.None and var bad)
            return new OsError(bad, "finit_module", name);
        return Void("finit_module", name, Raw.Retry(Nr.finit_module, file.Number, (nint)p, flags));
    }
}
