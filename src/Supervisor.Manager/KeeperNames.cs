using System.Text;
using Supervisor.Init;
using Supervisor.Linux;

namespace Supervisor.Manager;

/// <summary>Names of descriptors that the keeper holds: "kind:unit", with a digest in place of a unit whose name is too long for the keeper's table.</summary>
internal static class KeeperNames
{
    public const string Control = "control";
    public const string Notify = "notify";

    public static string Of(string kind, string unit)
    {
        var name = $"{kind}:{unit}";
        return Encoding.UTF8.GetByteCount(name) <= KeeperProtocol.MaxName
            ? name
            : $"{kind}:{Convert.ToHexStringLower(Sha256.Hash(Encoding.UTF8.GetBytes(unit)))}";
    }
}
