using GpuPerceptron.Engines.Devices;
using ILGPU.Runtime;

namespace GpuPerceptron.Bench.Gpu;

/// <summary>The rate at which a device copies its own memory: the most that a pass can hope for.</summary>
internal static class DeviceCopy
{
    private const int CopiesATime = 10; // so that the wait for the last one hardly counts

    /// <summary>Copies a buffer to another one.</summary>
    /// <param name="device">The device.</param>
    /// <param name="bytes">Bytes of each.</param>
    /// <param name="repeats">Measurements, whose median it is.</param>
    /// <returns>Bytes read and written, in GB/s.</returns>
    public static double GigabytesPerSecond(IlgpuDevice device, long bytes, int repeats)
    {
        var accelerator = device.Accelerator;
        bytes = Math.Min(bytes, device.MaximumBufferBytes);
        using var source = accelerator.Allocate1D<byte>(bytes);
        using var target = accelerator.Allocate1D<byte>(bytes);
        source.MemSetToZero();
        double milliseconds = Repeated.Median(repeats, () =>
        {
            for (int i = 0; i < CopiesATime; i++)
                target.View.BaseView.CopyFrom(source.View.BaseView);
            accelerator.DefaultStream.Synchronize();
        });
        return CopiesATime * 2 * bytes / milliseconds / 1e6;
    }
}
