using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Supervisor.Linux;

namespace Supervisor.Manager;

/// <summary>Descriptors that services gave away to have them back at their next start (sd_notify(3), FDSTORE=1). The keeper holds them across managers.</summary>
internal sealed class FdStore(Loop loop, KeeperLink keeper, StateStore store, ILogger log)
{
    public const string Record = ".descriptors";

    private const uint EpollError = 8, EpollHangup = 16;

    private readonly List<Stored> _all = [];
    private int _next;

    /// <param name="Poll">It goes when its other end does (FDPOLL=1).</param>
    private sealed record Stored(int Number, string Unit, string Name, bool Poll, Fd Fd);

    /// <summary>What a unit's set of descriptors has become is told by this, so that the next command is planned for it.</summary>
    public required Action<string> Changed { get; init; }

    public IReadOnlyList<(string Name, Fd Fd)> Of(string unit) => [.. _all.Where(s => s.Unit == unit).Select(s => (s.Name, s.Fd))];

    public int Count(string unit) => _all.Count(s => s.Unit == unit);

    /// <summary>Takes the descriptors over: those that do not fit or are there already are closed.</summary>
    public void Add(string unit, string? name, bool poll, IReadOnlyList<Fd> fds, int max)
    {
        foreach (var fd in fds)
        {
            if (_all.Exists(s => s.Unit == unit && Sys.IsSameFile(s.Fd, fd)))
            {
                fd.Close();
                continue;
            }
            if (Count(unit) >= max)
            {
                log.UnitWarning(unit, $"a descriptor is not kept for it: {max} are there already (FileDescriptorStoreMax=)");
                fd.Close();
                continue;
            }
            var stored = new Stored(_next++, unit, name ?? "stored", poll, fd);
            _all.Add(stored);
            Save(); // before the keeper has it: a descriptor without a name would be lost
            keeper.Store(KeeperName(stored.Number), fd);
            Watch(stored);
        }
        Changed(unit);
    }

    /// <summary>FDSTOREREMOVE=1.</summary>
    public void Remove(string unit, string name)
    {
        foreach (var stored in _all.Where(s => s.Unit == unit && s.Name == name).ToList())
            Drop(stored);
        Save();
        Changed(unit);
    }

    public void Clear(string unit)
    {
        var mine = _all.Where(s => s.Unit == unit).ToList();
        if (mine.Count == 0)
            return;
        mine.ForEach(Drop);
        Save();
        Changed(unit);
    }

    /// <summary>Takes back what the keeper held for an earlier manager.</summary>
    public void Adopt(byte[] record, Func<string, Fd?> held)
    {
        foreach (var saved in JsonSerializer.Deserialize(record, RecordJson.Default.ListFdRecord) ?? [])
        {
            _next = Math.Max(_next, saved.Number + 1);
            if (held(KeeperName(saved.Number)) is not { } fd)
                continue;
            var stored = new Stored(saved.Number, saved.Unit, saved.Name, saved.Poll, fd);
            _all.Add(stored);
            Watch(stored);
        }
    }

    private void Watch(Stored stored)
    {
        if (stored.Poll)
            _ = loop.TryWatch(stored.Fd, EpollHangup | EpollError, _ => // what cannot be watched has no other end
            {
                Drop(stored);
                Save();
                Changed(stored.Unit);
            });
    }

    private void Drop(Stored stored)
    {
        loop.Forget(stored.Fd);
        keeper.Drop(KeeperName(stored.Number));
        stored.Fd.Close();
        _all.Remove(stored);
    }

    private void Save()
    {
        var record = _all.Select(s => new FdRecord(s.Number, s.Unit, s.Name, s.Poll)).ToList();
        var result = record.Count == 0 ? store.Remove(Record) : store.Save(Record, JsonSerializer.SerializeToUtf8Bytes(record, RecordJson.Default.ListFdRecord));
        if (result.Failed(out var error))
            log.Error($"cannot save which descriptors are kept: {error}");
    }

    private static string KeeperName(int number) => $"stored:{number.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>What is saved of a stored descriptor.</summary>
internal sealed record FdRecord(int Number, string Unit, string Name, bool Poll);
