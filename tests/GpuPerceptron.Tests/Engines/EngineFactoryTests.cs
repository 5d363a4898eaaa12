using GpuPerceptron.Engines;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Engines;

public sealed class EngineFactoryTests
{
    [Fact]
    public void Auto_takes_the_host_where_a_GPU_could_not_pay()
    {
        using var dataset = SyntheticData.Create(100, 8);
        using var engine = EngineFactory.Create(new DeviceRequest(DeviceKind.Auto), dataset);
        Assert.Equal("cpu", engine.Device);
        Assert.Equal(new DeviceRequest(DeviceKind.Cpu), EngineFactory.Choose(EngineFactory.SmallestGpuBytes - 1));
    }

    [Fact]
    public void Auto_takes_a_GPU_for_more_data_where_there_is_one()
    {
        bool found = IlgpuEngine.TryFindGpu(out var gpu);
        var chosen = EngineFactory.Choose(EngineFactory.SmallestGpuBytes);
        Assert.Equal(gpu, chosen);
        Assert.Equal(found, chosen.Kind != DeviceKind.Cpu);
    }
}
