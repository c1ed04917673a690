using Supervisor.Engine;
using Supervisor.Units;

namespace Supervisor.Manager;

/// <summary>Who waits for which job: callers are answered when theirs is refused or finished.</summary>
internal sealed class JobBook
{
    private readonly Dictionary<ulong, Request> _requests = [];
    private readonly Dictionary<uint, List<Request>> _waiting = [];
    private ulong _next = 1;

    /// <summary>How a request ended: the job's result, or the failure that refused it.</summary>
    /// <param name="Notes">What was found on the way and did not stop it.</param>
    public sealed record Outcome(JobResult Result, string? Text, Failure? Refusal, IReadOnlyList<string> Notes);

    private sealed class Request(Action<Outcome> answer, bool wait)
    {
        public Action<Outcome> Answer { get; } = answer;

        public bool Wait { get; } = wait;

        public IReadOnlyList<string> Notes { get; set; } = [];
    }

    /// <summary>A number for a new request. <paramref name="answer"/> is called once: when the job ends, or without <paramref name="wait"/> when it is accepted.</summary>
    public ulong Open(Action<Outcome> answer, bool wait)
    {
        _requests[_next] = new Request(answer, wait);
        return _next++;
    }

    public void Accepted(Effect.JobAccepted e)
    {
        if (!_requests.Remove(e.Request, out var request))
            return;
        request.Notes = e.Notes;
        if (!request.Wait)
            request.Answer(new Outcome(JobResult.Done, null, null, e.Notes));
        else if (_waiting.TryGetValue(e.Job, out var list))
            list.Add(request);
        else
            _waiting[e.Job] = [request];
    }

    public void Refused(Effect.JobRefused e)
    {
        if (_requests.Remove(e.Request, out var request))
            request.Answer(new Outcome(JobResult.Invalid, e.Failure.ToString(), e.Failure, []));
    }

    public void Finished(Effect.JobFinished e)
    {
        if (!_waiting.Remove(e.Job, out var list))
            return;
        foreach (var request in list)
            request.Answer(new Outcome(e.Result, e.Text, null, request.Notes));
    }
}
