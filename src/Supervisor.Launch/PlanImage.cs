using System.Runtime.CompilerServices;
using System.Text;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Launch;

/// <summary>
/// A plan laid out as the child reads it, before it has an address: a <see cref="ChildBlock"/>, its calls, then texts and blobs. Places that hold an address
/// hold an offset so far and are listed in <see cref="Pointers"/>.
/// </summary>
internal sealed unsafe class PlanImage
{
    private readonly List<int> _pointers = [];
    private readonly List<(int Step, PlanCall Call)> _calls = [];
    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<PlanBlob, int> _blobs = new(ReferenceEqualityComparer.Instance);
    private byte[] _bytes = new byte[16 * 1024];
    private int _length;

    private PlanImage()
    {
    }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    public IReadOnlyList<int> Pointers => _pointers;

    /// <summary>What the call with each index is; step -1 for calls that no step asked for.</summary>
    public IReadOnlyList<(int Step, PlanCall Call)> Calls => _calls;

    /// <summary>Lays it out. The signals of <paramref name="resetSignals"/> (bit n-1 is signal n) are put to their defaults before the first step.</summary>
    public static PlanImage? Create(LaunchPlan plan, ulong resetSignals, out Failure? failure)
    {
        var image = new PlanImage();
        failure = image.Lay(plan, resetSignals);
        return failure is null ? image : null;
    }

    private Failure? Lay(LaunchPlan plan, ulong resetSignals)
    {
        var ends = new List<int>();
        for (var signal = 1; signal <= 64; signal++)
        {
            if ((resetSignals >> (signal - 1) & 1) != 0)
                _calls.Add((-1, new PlanCall("rt_sigaction", Nr.rt_sigaction, [signal, PlanBlob.OfWords(0, 0, 0, 0), 0, 8])));
        }
        for (var i = 0; i < plan.Steps.Count; i++)
        {
            foreach (var call in plan.Steps[i].Calls)
                _calls.Add((i, call));
            ends.Add(_calls.Count);
        }

        var block = Reserve(sizeof(ChildBlock));
        var calls = Reserve(sizeof(ChildCall) * _calls.Count);
        At<ChildBlock>(block) = new ChildBlock { Count = _calls.Count, Calls = (ChildCall*)calls, ReportPipe = -1 };
        _pointers.Add(block);
        for (var i = 0; i < _calls.Count; i++)
        {
            var (step, call) = _calls[i];
            if (call.ResultRegister >= PlanRegister.Count || call.Arguments.Count > 6)
                throw new InvalidOperationException($"{call.Name}: not a call that the child knows");
            var at = calls + i * sizeof(ChildCall);
            At<ChildCall>(at) = new ChildCall
            {
                Nr = call.Nr,
                Result = (short)call.ResultRegister,
                OnError = (byte)call.OnError.Action,
                First = (int)call.OnError.First,
                Second = (int)call.OnError.Second,
                StepEnd = step < 0 ? i + 1 : ends[step],
                ExitStatus = step < 0 ? 1 : plan.Steps[step].ExitStatus,
            };
            for (var a = 0; a < call.Arguments.Count; a++)
            {
                var argument = call.Arguments[a];
                if (argument.Kind == PlanArgKind.Register)
                    At<ChildCall>(at).RegisterArguments |= (byte)(1 << a);
                var place = at + sizeof(ChildCall) - sizeof(ChildCall.Arguments) + 8 * a;
                if (!Put(argument, place))
                {
                    var attempt = step < 0 ? "cannot prepare the start" : $"cannot {plan.Steps[step].Title}";
                    return new Failure($"{attempt}: a text contains a zero byte", null, step < 0 ? default : plan.Steps[step].Origin,
                        step < 0 ? 0 : plan.Steps[step].ExitStatus);
                }
            }
        }
        return null;
    }

    /// <summary>Writes the argument, or the offset of what it points to, at <paramref name="place"/>. False for a text that the kernel would see cut short.</summary>
    private bool Put(PlanArg argument, int place)
    {
        switch (argument.Kind)
        {
            case PlanArgKind.Text:
                return Text(argument.Text) is var text and >= 0 && Point(place, text);
            case PlanArgKind.Blob:
                return Blob(argument.Blob) is var blob and >= 0 && Point(place, blob);
            case PlanArgKind.Vector:
                var vector = Reserve(8 * (argument.Vector.Count + 1));
                for (var i = 0; i < argument.Vector.Count; i++)
                {
                    if (!Put(argument.Vector[i], vector + 8 * i))
                        return false;
                }
                return Point(place, vector);
            default:
                At<long>(place) = argument.Number;
                return true;
        }
    }

    private bool Point(int place, int target)
    {
        At<long>(place) = target;
        _pointers.Add(place);
        return true;
    }

    private int Text(string text)
    {
        if (text.Contains('\0'))
            return -1;
        if (_texts.TryGetValue(text, out var known))
            return known;
        var size = Encoding.UTF8.GetByteCount(text);
        var at = Reserve(size + 1);
        Encoding.UTF8.GetBytes(text, _bytes.AsSpan(at, size));
        return _texts[text] = at;
    }

    private int Blob(PlanBlob blob)
    {
        if (_blobs.TryGetValue(blob, out var known))
            return known;
        var at = Reserve(blob.Data.Length);
        blob.Data.CopyTo(_bytes, at);
        _blobs[blob] = at;
        foreach (var (offset, target) in blob.Pointers)
        {
            if (!Put(target, at + offset))
                return -1;
        }
        return at;
    }

    private int Reserve(int size)
    {
        var at = (_length + 7) & ~7;
        _length = at + size;
        if (_length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_length, _bytes.Length * 2));
        return at;
    }

    private ref T At<T>(int offset)
        where T : unmanaged => ref Unsafe.As<byte, T>(ref _bytes[offset]);
}
