using GpuPerceptron.Engines;
using Xunit;

namespace GpuPerceptron.Tests.Engines;

public sealed class DeviceRequestTests
{
    [Theory]
    [InlineData("auto", DeviceKind.Auto, 0)]
    [InlineData("cpu", DeviceKind.Cpu, 0)]
    [InlineData("cuda", DeviceKind.Cuda, 0)]
    [InlineData("cuda:2", DeviceKind.Cuda, 2)]
    [InlineData("opencl:1", DeviceKind.OpenCL, 1)]
    [InlineData("emulator", DeviceKind.Emulator, 0)]
    public void Each_spelling_is_read(string text, DeviceKind kind, int index) =>
        Assert.Equal(new DeviceRequest(kind, index), DeviceRequest.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("CUDA")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:1:2")]
    [InlineData("cpu:1")]
    public void Anything_else_is_refused_with_the_list_of_devices(string text)
    {
        var failure = Assert.Throws<PerceptronException>(() => DeviceRequest.Parse(text));
        Assert.Equal(Fault.Options, failure.Fault);
        Assert.Contains("opencl:N", failure.Message);
    }
}
