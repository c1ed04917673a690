using Supervisor.Linux;

namespace Supervisor.Units;

/// <summary>
/// The names in the directories of units, read once and again when a directory has changed: a unit is looked for under a dozen names in a dozen directories, of
/// which one has it.
/// </summary>
internal sealed class UnitDirectoryIndex(UnitSearchPath path)
{
    /// <summary>µs. A directory may change once more within a tick of the kernel's clock, and its time of change stay the same.</summary>
    private const ulong Tick = 20_000;

    private readonly Listing[] _listings = [.. path.Directories.Select(d => new Listing(d.Path))];

    /// <summary>Reads what has changed since the last time.</summary>
    public void Refresh()
    {
        foreach (var listing in _listings)
            listing.Refresh();
    }

    /// <summary>Whether there may be an entry of that name in the directory of that number.</summary>
    public bool MayHave(int directory, string name) => _listings[directory].MayHave(name);

    private sealed class Listing(string path)
    {
        private (ulong Device, ulong Inode, long Seconds, long Nanoseconds) _stamp;
        private HashSet<string>? _names;
        private bool _read, _recent;

        /// <summary>Of a directory that cannot be listed nothing is known.</summary>
        public bool MayHave(string name) => _names?.Contains(name) ?? true;

        public void Refresh()
        {
            if (!Sys.StatAt(Fd.Cwd, path).TryGet(out var stat, out var error))
            {
                (_names, _read) = (error.Errno is Errno.ENOENT or Errno.ENOTDIR ? [] : null, false);
                return;
            }
            var stamp = ((ulong)stat.st_dev, (ulong)stat.st_ino, (long)stat.st_mtim.tv_sec, (long)stat.st_mtim.tv_nsec);
            if (_read && stamp == _stamp && !_recent)
                return;
            // what changes from here on is seen by its stamp the next time
            (_stamp, _recent) = (stamp, (ulong)((stamp.Item3 * 1_000_000) + (stamp.Item4 / 1000)) + Tick > Sys.Now(0));
            _names = Sys.ListDirectory(path).TryGet(out var names, out error) ? new(names, StringComparer.Ordinal) : error.Errno is Errno.ENOENT or Errno.ENOTDIR ? [] : null;
            _read = _names is not null;
        }
    }
}
