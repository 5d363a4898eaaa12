using Xunit;

namespace GpuPerceptron.Cli.Tests;

public sealed class DevicesCommandTests
{
    [Fact]
    public void Lists_the_processor_first()
    {
        var result = CommandResult.Of("devices");
        Assert.Equal(0, result.Code);
        Assert.StartsWith("cpu ", result.Out, StringComparison.Ordinal);
    }

    [Theory, InlineData("--json"), InlineData("--json", "-")]
    public void Json_says_what_each_is(params string[] json)
    {
        var result = CommandResult.Of(["devices", .. json]);
        var cpu = result.Json.GetProperty("devices")[0];
        Assert.Equal(["id", "name", "kind", "memory_bytes", "note"], cpu.EnumerateObject().Select(property => property.Name));
        Assert.True(cpu.GetProperty("memory_bytes").GetInt64() > 0);
    }
}
