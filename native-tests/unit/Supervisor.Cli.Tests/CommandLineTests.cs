namespace Supervisor.Cli.Tests;

public sealed class CommandLineTests
{
    private const string Unreachable = "cannot reach the manager at /nonexistent/control: ENOENT, is it running? Start it with: supervisor run\n";

    [Theory]
    [InlineData("supervisor")]
    [InlineData("something-else")]
    public void By_another_name_it_is_itself(string name)
    {
        var (status, output, error) = Captured.Alone(name, "frobnicate");
        Assert.Equal((2, "", "supervisor: there is no verb frobnicate; supervisor help lists them\n"), (status, output, error));
    }

    [Theory]
    [InlineData("systemctl")]
    [InlineData("portablectl")]
    [InlineData("systemd-analyze")]
    public void A_face_is_worn_by_name_and_does_not_know_other_verbs(string name)
    {
        var (status, output, error) = Captured.Alone(name, "frobnicate");
        Assert.Equal((1, "", "Unknown command verb frobnicate.\n"), (status, output, error));
    }

    [Theory]
    [InlineData("systemctl")]
    [InlineData("portablectl")]
    [InlineData("systemd-analyze")]
    public void A_face_is_worn_by_the_first_word(string name)
    {
        var (status, output, error) = Captured.Run("supervisor", name, "--socket=/nonexistent/control", "frobnicate");
        Assert.Equal((1, "", "Unknown command verb frobnicate.\n"), (status, output, error));
    }

    [Fact]
    public void A_face_that_is_not_the_first_word_is_a_word() => Assert.Equal(2, Captured.Alone("supervisor", "frobnicate", "systemctl").Status);

    [Fact]
    public void A_face_does_not_wear_another() => Assert.Equal((1, "", "Unknown command verb systemctl.\n"), Captured.Run("portablectl", "systemctl", "list-units"));

    [Theory]
    [InlineData("supervisor", "supervisor: unknown option --frob\n")]
    [InlineData("systemctl", "systemctl: unknown option --frob\n")]
    public void An_unknown_option_is_wrong_usage_and_named(string face, string text) => Assert.Equal((2, "", text), Captured.Alone(face, "status", "--frob=1"));

    [Fact]
    public void A_value_for_a_flag_is_wrong_usage() => Assert.Equal((2, "", "supervisor: --now takes no value\n"), Captured.Alone("supervisor", "detach", "--now=no", "x"));

    [Theory]
    [InlineData("supervisor")]
    [InlineData("systemctl")]
    [InlineData("journalctl")]
    public void Every_face_says_its_version(string face)
    {
        var (status, output, error) = Captured.Alone(face, "--version");
        Assert.Equal((0, ""), (status, error));
        Assert.Matches(@"^supervisor \d+\.\d+\.\d+\n$", output);
    }

    [Theory]
    [InlineData]
    [InlineData("help")]
    [InlineData("--help")]
    [InlineData("start", "-h")]
    public void Help_is_for_whoever_asks_or_says_nothing(params string[] args)
    {
        var (status, output, error) = Captured.Alone("supervisor", args);
        Assert.Equal((0, ""), (status, error));
        Assert.StartsWith("supervisor VERB", output);
    }

    [Theory]
    [InlineData("start", "supervisor start needs the name of a unit\n")]
    [InlineData("stop", "supervisor stop needs the name of a unit\n")]
    [InlineData("reload-or-restart", "supervisor reload-or-restart needs the name of a unit\n")]
    [InlineData("explain", "explain needs one unit\n")]
    [InlineData("verify", "verify needs a unit file\n")]
    [InlineData("attach", "attach needs an image\n")]
    [InlineData("detach", "detach needs an image\n")]
    [InlineData("inspect", "inspect needs an image\n")]
    [InlineData("is-attached", "is-attached needs an image\n")]
    public void A_verb_without_its_object_is_wrong_usage(string verb, string text) => Assert.Equal((2, "", text), Captured.Alone("supervisor", verb));

    [Fact]
    public void A_signal_that_is_none_is_wrong_usage() => Assert.Equal((2, "", "SIGFOO is no signal\n"), Captured.Alone("supervisor", "kill", "-s", "SIGFOO", "a"));

    [Fact]
    public void Systemctl_without_a_unit_has_systemctls_words() => Assert.Equal((1, "", "Too few arguments.\n"), Captured.Alone("systemctl", "start"));

    [Theory]
    [InlineData("start", "a")]
    [InlineData("stop", "a")]
    [InlineData("status")]
    [InlineData("status", "a")]
    [InlineData("list")]
    [InlineData("list-units")]
    public void Without_a_manager_the_status_is_4(params string[] args) => Assert.Equal((4, "", Unreachable), Captured.Alone("supervisor", args));

    [Theory]
    [InlineData("daemon-reload")]
    [InlineData("poweroff")]
    [InlineData("exit")]
    [InlineData("cat", "a")]
    [InlineData("kill", "a")]
    [InlineData("reset-failed", "a")]
    [InlineData("explain", "a")]
    [InlineData("explain", "--sandbox", "a")]
    public void Without_a_manager_what_only_it_can_do_fails(params string[] args) => Assert.Equal((1, "", Unreachable), Captured.Alone("supervisor", args));

    [Fact]
    public void Without_a_manager_every_unit_that_is_asked_for_is_tried() => Assert.Equal((4, "", Unreachable + Unreachable), Captured.Alone("supervisor", "start", "a", "b"));

    [Theory]
    [InlineData("is-active", 3)]
    [InlineData("is-failed", 1)]
    public void Without_a_manager_systemctl_does_not_know_a_state(string verb, int status) => Assert.Equal((status, "unknown\n", ""), Captured.Alone("systemctl", verb, "a"));

    [Fact]
    public void Asked_quietly_it_says_nothing() => Assert.Equal((3, "", ""), Captured.Alone("systemctl", "-q", "is-active", "a"));

    [Fact]
    public void Without_a_manager_systemctl_start_names_the_unit()
    {
        var (status, output, error) = Captured.Alone("systemctl", "start", "a");
        Assert.Equal((1, ""), (status, output));
        Assert.StartsWith("Failed to start a.service: cannot reach the manager", error);
    }

    [Fact]
    public void After_two_dashes_a_verb_may_look_like_an_option() =>
        Assert.Equal((2, "", "supervisor: there is no verb --version; supervisor help lists them\n"), Captured.Alone("supervisor", "--", "--version"));

    [Fact]
    public void P_is_a_priority_for_logs_also_behind_an_option_with_a_value() =>
        Assert.Equal((2, "", "loud is not a priority (0 to 7, emerg to debug)\n"), Captured.Run("supervisor", "--socket", "/nonexistent/control", "logs", "-p", "loud"));

    [Fact]
    public void P_is_a_priority_for_journalctl() =>
        Assert.Equal((2, "", "loud is not a priority (0 to 7, emerg to debug)\n"), Captured.Alone("journalctl", "-p", "loud"));

    [Fact]
    public void P_is_a_profile_for_attach()
    {
        var (status, output, error) = Captured.Alone("supervisor", "attach", "-p", "help", "image");
        Assert.Equal((0, ""), (status, error));
        Assert.Contains("strict\n", output);
    }

    [Fact]
    public void Verify_shows_a_problem_with_its_line_and_a_caret()
    {
        var directory = Directory.CreateTempSubdirectory("verify").FullName;
        File.WriteAllText($"{directory}/a.service", "[Service]\nExecStart=/bin/true\nRestartt=always\n");
        var (status, output, error) = Captured.Run("systemd-analyze", "verify", $"{directory}/a.service");
        Directory.Delete(directory, recursive: true);
        Assert.Equal((1, ""), (status, error));
        Assert.Contains($"{directory}/a.service:3:1  Restartt=always\n", output);
        Assert.EndsWith("1 problem\n", output);
    }

    [Fact]
    public void Verify_of_a_good_file_says_nothing()
    {
        var directory = Directory.CreateTempSubdirectory("verify").FullName;
        File.WriteAllText($"{directory}/a.service", "[Service]\nExecStart=/bin/true\n");
        var result = Captured.Run("supervisor", "verify", $"{directory}/a.service");
        Directory.Delete(directory, recursive: true);
        Assert.Equal((0, "", ""), result);
    }

    [Fact]
    public void Verify_of_a_file_that_is_not_there_fails()
    {
        var (status, output, error) = Captured.Run("supervisor", "verify", "/nonexistent/a.service");
        Assert.Equal((1, ""), (status, output));
        Assert.StartsWith("cannot read /nonexistent/a.service: ", error);
    }
}
