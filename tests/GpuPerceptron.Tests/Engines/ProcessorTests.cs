using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics.X86;
using GpuPerceptron.Engines.Simd;
using Xunit;

namespace GpuPerceptron.Tests.Engines;

public sealed class ProcessorTests
{
    private const string Description = "/proc/cpuinfo";

    [Fact]
    public void Its_nearest_cache_is_as_large_as_the_system_says()
    {
        Assert.SkipUnless(X86Base.IsSupported, "not an x86 processor");
        int? bytes = KernelsBytes() ?? LibrarysBytes();
        Assert.SkipWhen(bytes is null, "the system describes no first-level data cache");
        Assert.Equal(bytes, Processor.NearestCacheBytes);
    }

    [Fact]
    public void Its_kind_is_by_its_maker_and_its_nearest_cache()
    {
        string? maker = File.Exists(Description)
            ? File.ReadLines(Description).FirstOrDefault(line => line.StartsWith("vendor_id", StringComparison.Ordinal))?.Split(':')[1].Trim() : null;
        Assert.SkipWhen(maker is null, "the system does not name the processor's maker");
        var byCache = Processor.NearestCacheBytes >= 48 << 10 ? ProcessorKind.LargeCache : ProcessorKind.SmallCache;
        Assert.Equal(maker == "GenuineIntel" ? ProcessorKind.Intel : byCache, Processor.Kind);
    }

    private static int? KernelsBytes()
    {
        const string Folder = "/sys/devices/system/cpu/cpu0/cache";
        if (!Directory.Exists(Folder)) return null;
        string? data = Directory.GetDirectories(Folder, "index*").FirstOrDefault(cache => Read(cache, "level") == "1" && Read(cache, "type") == "Data");
        return data is null ? null : int.Parse(Read(data, "size").TrimEnd('K'), CultureInfo.InvariantCulture) << 10;
    }

    /// <summary>What the C library found, also where a hypervisor leaves the kernel without.</summary>
    private static int? LibrarysBytes()
    {
        if (!OperatingSystem.IsLinux()) return null;
        try
        {
            using var process = Process.Start(new ProcessStartInfo("getconf", "LEVEL1_DCACHE_SIZE") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string said = process.StandardOutput.ReadToEnd();
            return int.TryParse(said, CultureInfo.InvariantCulture, out int bytes) && bytes > 0 ? bytes : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static string Read(string cache, string name) => File.ReadAllText(Path.Combine(cache, name)).Trim();
}
