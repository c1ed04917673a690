using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Journal;

/// <summary>
/// The writing end: NUMBER.journal files in one directory, the highest number is written to. A file begins with "SVJRNL1\n". When it is full the next is begun,
/// and the oldest are removed beyond the limit. What a crash left half written is cut off when the file is opened again.
/// </summary>
public sealed class JournalFiles
{
    private const long DefaultMax = 64 << 20, DefaultFileMax = 8 << 20, SmallestFile = 64 << 10;

    internal const string Extension = ".journal";
    private readonly string _directory;
    private readonly long _fileMax;
    private readonly int _files;
    private readonly List<byte> _batch = [];
    private Fd _fd = Fd.None;
    private long _size;
    private ulong _number;

    private JournalFiles(string directory, long fileMax, int files) => (_directory, _fileMax, _files) = (directory, fileMax, files);

    internal static ReadOnlySpan<byte> Magic => "SVJRNL1\n"u8;

    /// <summary>Bytes of half a record that the last writer left, and that were cut off.</summary>
    public long Lost { get; private set; }

    /// <summary>The directory's files, which take <paramref name="max"/> bytes together and <paramref name="fileMax"/> each; 0 for the usual.</summary>
    public static OsResult<JournalFiles> Open(string directory, long max = 0, long fileMax = 0)
    {
        if (Sys.MakeDirectories(directory, 0x1C0).Failed(out var error))
            return error;
        if (max == 0)
            max = Math.Max(DefaultMax, fileMax);
        if (fileMax == 0)
            fileMax = Math.Clamp(max / 8, SmallestFile, DefaultFileMax);
        var journal = new JournalFiles(directory, fileMax, (int)Math.Clamp(max / fileMax, 1, int.MaxValue));
        var last = Numbers(directory).DefaultIfEmpty(0ul).Max();
        return journal.Begin(Math.Max(last, 1)).Failed(out error) ? error : journal;
    }

    /// <summary>Gathers a record; <see cref="Flush"/> writes what was gathered.</summary>
    public void Add(JournalRecord record) => RecordFormat.Append(_batch, record);

    public OsResult Flush()
    {
        if (_batch.Count == 0)
            return OsResult.Success;
        var result = Sys.WriteAll(_fd, CollectionsMarshal.AsSpan(_batch));
        _size += _batch.Count;
        _batch.Clear();
        if (result.Failed(out var error))
            return error with { Path = _directory };
        if (_size < _fileMax)
            return OsResult.Success;
        _fd.Close();
        result = Begin(_number + 1);
        var numbers = Numbers(_directory);
        numbers.Sort();
        for (var i = 0; i < numbers.Count - _files; i++)
            _ = Sys.UnlinkAt(Fd.Cwd, PathOf(_directory, numbers[i]));
        return result;
    }

    internal static string PathOf(string directory, ulong number) => $"{directory}/{number.ToString("D8", CultureInfo.InvariantCulture)}{Extension}";

    internal static List<ulong> Numbers(string directory)
    {
        var numbers = new List<ulong>();
        if (Sys.ListDirectory(directory).TryGet(out var names, out _))
        {
            foreach (var name in names)
            {
                if (name.EndsWith(Extension, StringComparison.Ordinal)
                    && ulong.TryParse(name.AsSpan(0, name.Length - Extension.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                    numbers.Add(number);
            }
        }
        return numbers;
    }

    private OsResult Begin(ulong number)
    {
        var path = PathOf(_directory, number);
        if (!Sys.Open(path, LibC.O_RDWR | LibC.O_CREAT | LibC.O_APPEND | LibC.O_NOFOLLOW, 0x180).TryGet(out var fd, out var error))
            return error;
        (_fd, _number) = (fd, number);
        if (!Sys.ReadRegular(fd, int.MaxValue - 64, path).TryGet(out var bytes, out error))
            return error;
        var good = 0;
        if (bytes.AsSpan().StartsWith(Magic))
        {
            good = Magic.Length;
            while (RecordFormat.Measure(bytes.AsSpan(good)) is > 0 and var length)
                good += length;
        }
        if (good < bytes.Length)
        {
            Lost = bytes.Length - good;
            if (Sys.Truncate(fd, good).Failed(out error))
                return error with { Path = path };
        }
        _size = good;
        if (good > 0)
            return OsResult.Success;
        _size = Magic.Length;
        return Sys.WriteAll(fd, Magic);
    }
}
