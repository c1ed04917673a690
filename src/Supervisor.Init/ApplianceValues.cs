using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Supervisor.Init;

/// <summary>A form that a scalar of appliance.yaml can have.</summary>
/// <param name="Expected">"a size, such as 64M".</param>
/// <param name="Parse">Null when the text is of another form.</param>
internal sealed record ValueForm<T>(string Expected, Func<string, T?> Parse)
    where T : class;

/// <summary>The forms of scalars.</summary>
internal static class ApplianceValues
{
    public static readonly ValueForm<HostName> HostName =
        new("a host name (letters, digits, hyphens and dots, at most 64)", t => IsHostName(t) ? new(t) : null);

    public static readonly ValueForm<UnitName> Name = new(
        "a name (letters, digits and :-_.\\@, at most 255)",
        t => t.Length is > 0 and <= 255 && t.All(c => char.IsAsciiLetterOrDigit(c) || ":-_.\\@".Contains(c, StringComparison.Ordinal)) ? new(t) : null);

    public static readonly ValueForm<AbsolutePath> Path = new("an absolute path", t => t.StartsWith('/') && !t.Contains('\0') ? new(t) : null);

    public static readonly ValueForm<PortName> Port = new(
        "the name of a port (letters, digits, dots and hyphens)", t => t.Length is > 0 and <= 64 && t.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-') ? new(t) : null);

    public static readonly ValueForm<KernelModule> Module =
        new("the name of a kernel module (letters, digits, - and _), parameters after a space", ParseModule);

    public static readonly ValueForm<InterfaceAddress> InterfaceAddress = new("an address with its prefix length, such as 10.0.2.15/24", ParseInterfaceAddress);

    public static readonly ValueForm<NetworkAddress> Address = new("an address, such as 10.0.2.2", t => IPAddress.TryParse(t, out var address) ? new(address) : null);

    public static readonly ValueForm<ByteSize> Size = new("a size, such as 64M", ParseSize);

    private static bool IsHostName(string text) =>
        text.Length is > 0 and <= 64 && text.Split('.').All(l => l.Length is > 0 and <= 63 && l[0] != '-' && l[^1] != '-' && l.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'));

    private static KernelModule? ParseModule(string text)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        var name = space < 0 ? text : text[..space];
        return name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? new KernelModule(name.Replace('-', '_'), space < 0 ? "" : text[(space + 1)..].Trim())
            : null;
    }

    private static InterfaceAddress? ParseInterfaceAddress(string text) =>
        text.Split('/') is [var a, var p] && IPAddress.TryParse(a, out var address)
        && int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out var prefix) && prefix <= (address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)
            ? new InterfaceAddress(address, prefix)
            : null;

    private static ByteSize? ParseSize(string text)
    {
        if (text.Length == 0)
            return null;
        var shift = char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
        var digits = shift == 0 ? text : text[..^1];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n > 0 && n <= long.MaxValue >> shift ? new ByteSize(n << shift) : null;
    }
}
