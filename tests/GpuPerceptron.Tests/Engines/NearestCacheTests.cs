using System.Globalization;
using System.Runtime.Intrinsics.X86;
using GpuPerceptron.Engines.Simd;
using Xunit;

namespace GpuPerceptron.Tests.Engines;

public sealed class NearestCacheTests
{
    [Fact]
    public void It_is_as_large_as_the_system_says()
    {
        const string Folder = "/sys/devices/system/cpu/cpu0/cache";
        Assert.SkipUnless(X86Base.IsSupported && Directory.Exists(Folder), "the system describes no caches of an x86 processor");
        string? data = Directory.GetDirectories(Folder, "index*").FirstOrDefault(cache => Read(cache, "level") == "1" && Read(cache, "type") == "Data");
        Assert.SkipWhen(data is null, "the system describes no first-level data cache");
        Assert.Equal(int.Parse(Read(data, "size").TrimEnd('K'), CultureInfo.InvariantCulture) << 10, NearestCache.Bytes);
    }

    private static string Read(string cache, string name) => File.ReadAllText(Path.Combine(cache, name)).Trim();
}
