using System.Diagnostics;
using System.IO.MemoryMappedFiles;

namespace Supervisor.Fuzz;

/// <summary>
/// The input that runs now, in a mapped file that outlives the process: length, then bytes; length -1 when none runs. A second thread ends the process with
/// status 3 when one runs for ten seconds.
/// </summary>
internal sealed class LastInput : IDisposable
{
    private const int SizeMax = 1 << 20;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private long _since;

    public LastInput(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, SizeMax);
        _view = _file.CreateViewAccessor();
        End();
        new Thread(Watch) { IsBackground = true }.Start();
    }

    public void Begin(byte[] input)
    {
        _view.Write(0, input.Length);
        _view.WriteArray(4, input, 0, input.Length);
        Volatile.Write(ref _since, Stopwatch.GetTimestamp());
    }

    public void End()
    {
        Volatile.Write(ref _since, 0);
        _view.Write(0, -1);
    }

    /// <summary>What a process that did not end by itself was at.</summary>
    public static byte[]? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        using var reader = new BinaryReader(File.OpenRead(path));
        var length = reader.ReadInt32();
        return length < 0 ? null : reader.ReadBytes(length);
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    private void Watch()
    {
        while (true)
        {
            Thread.Sleep(1000);
            var since = Volatile.Read(ref _since);
            if (since != 0 && Stopwatch.GetElapsedTime(since) > TimeSpan.FromSeconds(10))
                Environment.Exit(3);
        }
    }
}
