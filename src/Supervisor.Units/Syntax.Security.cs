using System.Globalization;

namespace Supervisor.Units;

/// <summary>Readers of the settings that take rights away.</summary>
public static partial class Syntax
{
    /// <summary>
    /// Capability sets merge: lines add, "~" takes away, an empty line is the empty set (systemd.exec(5)). The first line that names some without "~" begins
    /// with none when the row's default is all.
    /// </summary>
    public static SettingParser<ulong> CapabilitySet(ulong fallback) => (current, c) =>
    {
        if (c.Text.Length == 0)
            return 0;
        var invert = c.Text[0] == '~';
        ulong mask = 0;
        foreach (var word in WordSplitter.Split(c, invert ? c.Text[1..] : c.Text) ?? [])
        {
            var bit = Capabilities.Bit(word);
            if (bit == 0)
                c.Error("not a capability", word);
            mask |= bit;
        }
        if (invert)
            return current & ~mask;
        return current == fallback ? mask : current | mask;
    };

    /// <summary>A boolean or private, and behind a colon the name that it sees.</summary>
    public static SettingParser<HostnameProtection> Hostname() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return Empty(c, current);
        var colon = c.Text.IndexOf(':', StringComparison.Ordinal);
        var word = colon < 0 ? c.Text : c.Text[..colon];
        var name = colon < 0 ? null : c.Expand(c.Text[(colon + 1)..]);
        var on = false;
        if (word != "private" && !TryBool(word, out on))
            return Wrong(c, current, "not a boolean and not private");
        var kind = word == "private" ? ProtectHostname.Private : on ? ProtectHostname.Yes : ProtectHostname.No;
        if (name is not null && (kind == ProtectHostname.No || name.Length is 0 or > 64 || name[0] is '-' or '.' || !name.All(l => char.IsAsciiLetterOrDigit(l) || l is '-' or '.')))
            return Wrong(c, current, "not a host name");
        return new(kind, name);
    };

    public static SettingParser<IReadOnlyList<AddressFamilyFilter>> Families() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return [];
        if (c.Text == "none")
            return [new AddressFamilyFilter(true, new HashSet<int>(), c.Origin)];
        var invert = c.Text[0] == '~';
        var named = new HashSet<int>();
        foreach (var word in WordSplitter.Split(c, invert ? c.Text[1..] : c.Text) ?? [])
        {
            if (AddressFamilies.TryGet(word, out var family))
                named.Add(family);
            else
                c.Error("not an address family", word);
        }
        if (current is not [var last])
            return [new AddressFamilyFilter(!invert, named, c.Origin)];
        // later lines add to the list, or with the other sign take from it
        var families = new HashSet<int>(last.Families);
        if (invert != last.IsAllowList)
            families.UnionWith(named);
        else
            families.ExceptWith(named);
        return [new AddressFamilyFilter(last.IsAllowList, families, c.Origin)];
    };

    /// <summary>RestrictNamespaces=: the mask of CLONE_NEW… that stay allowed.</summary>
    public static SettingParser<ulong> AllowedNamespaces(ulong all) => (current, c) =>
    {
        if (c.Text.Length == 0)
            return all;
        if (TryBool(c.Text, out var restrict))
            return restrict ? 0 : all;
        var invert = c.Text[0] == '~';
        ulong mask = 0;
        foreach (var word in WordSplitter.Split(c, invert ? c.Text[1..] : c.Text) ?? [])
        {
            var flag = Namespaces.Flag(word);
            if (flag == 0)
                c.Error("not a kind of namespace (cgroup, ipc, net, mnt, pid, user, uts, time)", word);
            mask |= flag;
        }
        if (invert)
            return current & ~mask;
        return current == all ? mask : current | mask;
    };

    public static SettingParser<ulong> DelegatedNamespaces() => (current, c) =>
        TryBool(c.Text, out var all) ? all ? Namespaces.All : 0 : AllowedNamespaces(Namespaces.All)(current, c);

    public static SettingParser<IReadOnlyList<SyscallFilter>> Filter() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return [];
        var invert = c.Text[0] == '~';
        var filter = current is [var last] ? last : null;
        var isAllow = filter?.IsAllowList ?? !invert;
        var calls = filter is null ? [] : new Dictionary<string, int?>(filter.Calls);
        var refused = filter is null ? [] : new Dictionary<string, int?>(filter.Refused);
        if (filter is null && isAllow)
        {
            foreach (var name in SyscallSets.Expand("@default"))
                calls[name] = null;
        }
        foreach (var word in WordSplitter.Split(c, invert ? c.Text[1..] : c.Text) ?? [])
        {
            var colon = word.IndexOf(':', StringComparison.Ordinal);
            var name = colon < 0 ? word : word[..colon];
            int? errno = null;
            if (colon >= 0 && !TryErrno(word[(colon + 1)..], out errno))
            {
                c.Error("not an error number or name (and not kill)", word);
                continue;
            }
            if (colon >= 0)
                errno ??= SyscallFilter.Kill;
            if (!IsCall(c, name, refuses: invert && !isAllow))
                continue;
            foreach (var call in name.StartsWith('@') ? SyscallSets.Expand(name) : [name])
            {
                if (invert == isAllow)
                {
                    calls.Remove(call);
                    if (isAllow)
                        refused[call] = errno;
                }
                else
                {
                    calls[call] = errno;
                    refused.Remove(call);
                }
            }
        }
        return [new SyscallFilter(isAllow, calls, refused, c.Origin)];
    };

    /// <summary>SystemCallLog=: which calls are logged, or with "~" which are not. Later lines add, or with the other sign take away.</summary>
    public static SettingParser<IReadOnlyList<SyscallFilter>> LoggedCalls() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return [];
        var invert = c.Text[0] == '~';
        var isList = current is [var before] ? before.IsAllowList : !invert;
        var calls = current is [var last] ? new Dictionary<string, int?>(last.Calls) : [];
        foreach (var word in WordSplitter.Split(c, invert ? c.Text[1..] : c.Text) ?? [])
        {
            if (!IsCall(c, word, refuses: false))
                continue;
            foreach (var call in word.StartsWith('@') ? SyscallSets.Expand(word) : [word])
            {
                if (invert == isList)
                    calls.Remove(call);
                else
                    calls[call] = null;
            }
        }
        return [new SyscallFilter(isList, calls, new Dictionary<string, int?>(), c.Origin)];
    };

    /// <summary>A call that is not known can be left out of what is allowed; of what is refused it cannot without being let through.</summary>
    private static bool IsCall(ParseContext c, string name, bool refuses)
    {
        if (name.StartsWith('@') ? SyscallSets.Exists(name) : SyscallSets.IsCall(name))
            return true;
        if (name.StartsWith('~'))
            c.Error("\"~\" stands before the whole list, not within it", name);
        else if (name.StartsWith('@'))
            c.Error("no such group of system calls", name);
        else if (refuses)
            c.Error("no system call that is known, so it cannot be refused", name);
        else
            c.Warning($"no system call that is known: {name}");
        return false;
    }

    public static SettingParser<int?> ErrorNumber() => (current, c) =>
        c.Text.Length == 0 ? null : TryErrno(c.Text, out var errno) ? errno : Wrong(c, current, "not an error number or name (and not kill)");

    /// <summary>"EPERM", "1", or "kill" (null).</summary>
    private static bool TryErrno(string text, out int? errno)
    {
        errno = null;
        if (text == "kill")
            return true;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n is > 0 and <= 4095)
            errno = n;
        else if (text.Length > 1 && text[0] == 'E' && Enum.TryParse<Linux.Errno>(text, ignoreCase: false, out var named) && named != Linux.Errno.None)
            errno = (int)named;
        return errno is not null;
    }

    public static SettingParser<IReadOnlyList<string>> Architectures() => Each<string>((c, word) =>
    {
        if (word is "native" or "x86-64" or "x86" or "x32" or "arm64" or "arm")
            return (true, word);
        c.Error("not an architecture that is known here (native, x86-64, x86, x32, arm64, arm)", word);
        return (false, "");
    });
}
