using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Launch.Tests;

public sealed class PlanPrinterTests
{
    private static LaunchPlan Plan()
    {
        var plan = new PlanBuilder("nginx.service");
        plan.Step("new namespaces: mount, IPC", new Origin("/usr/lib/supervisor/profile/default/service.conf", 7, "PrivateTmp"), ExitStatus.Namespace).Unshare(0x08020000);
        plan.Step("mount a private /tmp", new Origin("/etc/systemd/system.attached/nginx.service.d/20-portable.conf", 2, "PrivateTmp"), ExitStatus.Namespace)
            .Mount("tmpfs", "/tmp", "tmpfs", 6, "mode=1777", OnError.SkipStep(Errno.ENOENT));
        plan.Step("forget the past", default, ExitStatus.Fds);
        plan.Close(plan.OpenAt(PlanBuilder.Cwd, "/\u001b[31m", 0));
        plan.Step("execve /usr/sbin/nginx -g \"daemon off;\"\u001b]0;x\u0007", new Origin("/x/nginx.service", 11, "ExecStart"), ExitStatus.Exec)
            .Execve("/usr/sbin/nginx", ["nginx"], ["A=1"]);
        return plan.Build();
    }

    [Fact]
    public void One_line_a_step_with_who_asked_for_it() => Assert.Equal(
        """
         1  new namespaces: mount, IPC                                PrivateTmp=, profile default:7
         2  mount a private /tmp                                      PrivateTmp=, 20-portable.conf:2
         3  forget the past
         4  execve /usr/sbin/nginx -g "daemon off;"\u001b]0;x\u0007   ExecStart=, nginx.service:11

        """.ReplaceLineEndings("\n"), PlanPrinter.Print(Plan()).ReplaceLineEndings("\n"));

    [Fact]
    public void The_calls_of_each_step_below_it()
    {
        var text = PlanPrinter.Print(Plan(), calls: true);
        Assert.Contains("\n      unshare(0x8020000)\n", text);
        Assert.Contains("\n      mount(\"tmpfs\", \"/tmp\", \"tmpfs\", 6, \"mode=1777\")  # ENOENT: skip the rest of this step\n", text);
        Assert.Contains("\n      r96 = openat(-100, \"/\\u001b[31m\", 0x80000, 0)\n      close(r96)\n", text);
        Assert.Contains("\n      execve(\"/usr/sbin/nginx\", [\"nginx\"], [\"A=1\"])\n", text);
    }
}
