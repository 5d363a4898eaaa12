using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Devices;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

[Collection(Devices.Collection)]
public sealed class DevicesAreFoundOrExplained
{
    [Fact]
    public void The_catalog_ends_with_the_emulator()
    {
        var devices = DeviceCatalog.List();
        Assert.Equal("emulator", devices[^1].Id);
        Assert.All(devices, device => Assert.Equal(device.Id, DeviceRequest.Parse(device.Id).ToString()));
        Assert.All(devices, device => Assert.True(device.MemoryBytes > 0));
    }

    [Theory]
    [InlineData("cuda:99")]
    [InlineData("opencl:99")]
    public void A_device_that_is_not_there_is_named_with_those_that_are(string device)
    {
        using var dataset = SyntheticData.Create(2, 2);
        var exception = Assert.Throws<PerceptronException>(() => IlgpuEngine.Create(DeviceRequest.Parse(device), dataset));
        Assert.Equal(Fault.Device, exception.Fault);
        Assert.Contains(device, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void Too_little_memory_is_told_in_bytes_before_anything_is_allocated()
    {
        using var dataset = SyntheticData.Create(10, 5, weighted: true);
        var exception = Assert.Throws<PerceptronException>(() =>
            IlgpuEngine.Create(IlgpuDevice.Emulate(2, 1, availableBytes: 399), dataset, PassGeometry.For));
        Assert.Equal(Fault.Device, exception.Fault);
        Assert.Contains(" 399 bytes", exception.Message, StringComparison.Ordinal);
        Assert.Contains(" 800 bytes", exception.Message, StringComparison.Ordinal); // two blocks of 10 × (8 features + y + s) × 4
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void A_kernel_that_cannot_be_launched_is_a_fault_of_the_device()
    {
        using var dataset = SyntheticData.Create(10, 5);
        using var engine = IlgpuEngine.Create(
            IlgpuDevice.Emulate(2, 1), dataset, (_, shape, rows) => PassGeometry.Portable(shape, rows, 1 << 20, 1));
        var exception = Assert.Throws<PerceptronException>(() => engine.Pass(PassLoss.Logistic, new double[6], new double[6]));
        Assert.Equal(Fault.Device, exception.Fault);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void An_engine_says_what_it_runs_on()
    {
        using var dataset = SyntheticData.Create(2, 3);
        using var engine = IlgpuEngine.Create(new DeviceRequest(DeviceKind.Emulator), dataset);
        Assert.Equal("emulator", engine.Device);
        Assert.Contains("slow", engine.Description, StringComparison.Ordinal);
        Assert.Equal(3, engine.Features);
        Assert.Equal(0, engine.Passes);
        Assert.Equal(2 * Environment.ProcessorCount, engine.Threads);
    }

    [Fact]
    public void A_processor_is_never_taken_for_a_GPU()
    {
        bool found = IlgpuEngine.TryFindGpu(out var request);
        Assert.Equal(found, request.Kind is DeviceKind.Cuda or DeviceKind.OpenCL);
        if (request.Kind == DeviceKind.OpenCL)
        {
            var entry = DeviceCatalog.List().Single(device => device.Id == request.ToString());
            Assert.Equal("", entry.Note);
        }
    }
}
