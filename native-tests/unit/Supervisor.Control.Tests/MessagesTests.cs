using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Supervisor.Control.Tests;

public sealed class MessagesTests
{
    private static readonly UnitStatus Full = new()
    {
        Name = "a.service", Description = "d ä \u202e \0 \"", LoadState = "masked", ActiveState = "failed", SubState = "x", Result = "exit-code", Type = "notify", FragmentPath = "/a",
        DropIns = ["/b", "/c"], Problems = ["p"], StateChangedAt = ulong.MaxValue, ActiveEnterAt = 2, MainPid = 3, MainStartedAt = 4, MainExitedAt = 5, MainExit = "exited", MainExitCode = 6,
        MainExitStatus = 7, ControlPid = 8, Restarts = 9, LastRestartAt = 10, LastRestartReason = "r", StatusText = "s", Failure = "f", UnmetCondition = "u", InvocationId = "i",
        Image = "/i.raw", Profile = "strict", Withheld = ["w"], User = "u", Uid = uint.MaxValue, DynamicUser = true, Cgroup = "/cg", Processes = [new ProcessInfo(1, 0, "c")],
        MemoryBytes = ulong.MaxValue, CpuMicroseconds = 11, Tasks = 12, Job = "start", Degraded = ["d"], Causes = ["c"], CanReload = true, Listen = ["l"],
    };

    private static T Again<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(value, type), type)!;

    [Fact]
    public void A_status_with_everything_survives_the_wire() => Assert.Equivalent(Full, Again(Full, ControlJson.Default.UnitStatus), strict: true);

    [Fact]
    public void A_status_with_only_a_name_survives_the_wire()
    {
        var bare = new UnitStatus { Name = "a.service" };
        Assert.Equivalent(bare, Again(bare, ControlJson.Default.UnitStatus), strict: true);
    }

    [Fact]
    public void A_status_without_a_name_is_refused() => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("{}", ControlJson.Default.UnitStatus));

    [Fact]
    public void What_is_null_is_not_sent() =>
        Assert.DoesNotContain("null", JsonSerializer.Serialize(new UnitStatus { Name = "a.service" }, ControlJson.Default.UnitStatus));

    [Fact]
    public void A_job_reply_survives_the_wire()
    {
        var reply = new JobReply("a.service", "failed", "why", ["n"], 7, Full);
        Assert.Equivalent(reply, Again(reply, ControlJson.Default.JobReply), strict: true);
    }

    [Fact]
    public void A_job_reply_without_a_text_survives_the_wire()
    {
        var reply = new JobReply("a.service", "done", null, [], 7);
        Assert.Equivalent(reply, Again(reply, ControlJson.Default.JobReply), strict: true);
    }

    [Fact]
    public void The_managers_information_survives_the_wire()
    {
        var info = new ManagerInfo("0.1", "system", 2, 3, 4, "/r", "/s", "/a", "/ra", "/j", [new UnitDirectoryInfo("/u", true)], ["n"]);
        Assert.Equivalent(info, Again(info, ControlJson.Default.ManagerInfo), strict: true);
    }

    [Fact]
    public void What_a_unit_owns_survives_the_wire()
    {
        var owned = new OwnedResources("a.service", [61184, uint.MaxValue], ["/cg"], [7], "/i.raw", [ulong.MaxValue], ["/p"], ["/k"]);
        Assert.Equivalent(owned, Again(owned, ControlJson.Default.OwnedResources), strict: true);
    }

    [Fact]
    public void A_change_of_state_survives_the_wire()
    {
        var change = new StateChange("a.service", "active", "running", "success", ulong.MaxValue, null);
        Assert.Equal(change, Again(change, ControlJson.Default.StateChange));
    }

    [Fact]
    public void Requests_survive_the_wire()
    {
        Assert.Equal(new UnitRequest("a", "fail", false), Again(new UnitRequest("a", "fail", false), ControlJson.Default.UnitRequest));
        Assert.Equal(new KillRequest("a", "main", 9), Again(new KillRequest("a", "main", 9), ControlJson.Default.KillRequest));
        Assert.Equal(new ImageRequest("/i"), Again(new ImageRequest("/i"), ControlJson.Default.ImageRequest));
        Assert.Equal(new ListRequest(false), Again(new ListRequest(false), ControlJson.Default.ListRequest));
        Assert.Equal(new ExitRequest(3), Again(new ExitRequest(3), ControlJson.Default.ExitRequest));
        Assert.Equal(new InterfaceRequest("a.b"), Again(new InterfaceRequest("a.b"), ControlJson.Default.InterfaceRequest));
    }

    [Fact]
    public void What_a_request_does_not_say_has_its_default()
    {
        Assert.Equal(new UnitRequest("a", "replace", true), JsonSerializer.Deserialize("""{"unit":"a"}""", ControlJson.Default.UnitRequest));
        Assert.Equal(new KillRequest("a", "all", 15), JsonSerializer.Deserialize("""{"unit":"a"}""", ControlJson.Default.KillRequest));
        Assert.Equal(new ListRequest(true), JsonSerializer.Deserialize("{}", ControlJson.Default.ListRequest));
    }

    [Fact]
    public void A_message_has_no_NUL_in_it() => Assert.DoesNotContain((byte)0, JsonSerializer.SerializeToUtf8Bytes(Full, ControlJson.Default.UnitStatus));

    [Fact]
    public void A_number_that_does_not_fit_is_refused() =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("""{"unit":"a","signal":99999999999}""", ControlJson.Default.KillRequest));
}
