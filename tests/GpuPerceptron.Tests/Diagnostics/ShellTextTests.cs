using System.Diagnostics;
using GpuPerceptron.Diagnostics;
using Xunit;

namespace GpuPerceptron.Tests.Diagnostics;

public sealed class ShellTextTests
{
    [Theory]
    [InlineData("age"), InlineData(""), InlineData("my age"), InlineData("it's"), InlineData("a\"b"), InlineData("$HOME `id` \\ \\\\ \\\" \\n $(id)")]
    [InlineData("back\\"), InlineData("'[\\p{Sc}%''\\s]', '\\1'"), InlineData("*"), InlineData("~"), InlineData("été")]
    public void A_shell_reads_what_was_meant(string text)
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "there is no /bin/sh");
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"printf %s {ShellText.Argument(text)}");
        using var shell = Process.Start(start)!;
        Assert.Equal(text, shell.StandardOutput.ReadToEnd());
        shell.WaitForExit();
    }

    [Fact]
    public void Plain_words_stay_as_they_are() => Assert.Equal("feature-1,feature_2.5", ShellText.Argument("feature-1,feature_2.5"));
}
