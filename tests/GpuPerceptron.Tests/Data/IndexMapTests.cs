using GpuPerceptron.Data;
using GpuPerceptron.Models;
using Xunit;

namespace GpuPerceptron.Tests.Data;

public sealed class IndexMapTests
{
    [Fact]
    public void Indices_have_their_places_and_all_others_none()
    {
        int[] indices = [5, SparseFeatures.MaximumIndex, 0, 4096, 4095];
        var map = IndexMap.PlacesOf(indices);
        Assert.Equal(SparseFeatures.MaximumIndex + 1, map.Length);
        Assert.Equal([0, 1, 2, 3, 4], indices.Select(index => map[index]));
        Assert.Equal([-1, -1, -1, -1, -1, -1], new[] { 1, 4094, 4097, 1 << 26, map.Length, -1 }.Select(index => map[index]));
        Assert.Equal(-1, IndexMap.PlacesOf([])[0]);
    }

    [Fact]
    public void Counts_become_places()
    {
        var map = new IndexMap(10_000, absent: 0);
        map.At(9_999) += 2;
        map.At(3)++;
        map.At(3)++;
        map.At(4) = 0; // as if there were none
        Assert.Equal([3, 9_999], map.Present());
        Assert.Equal((2, 2, 0), (map[3], map[9_999], map[4]));
        map.SetPlaces([9_999]);
        Assert.Equal((0, -1, -1, -1), (map[9_999], map[3], map[4], map[5_000]));
        Assert.Equal([9_999], map.Present());
    }

    [Fact]
    public void Great_indices_take_no_memory_for_those_between()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var map = IndexMap.PlacesOf([7, SparseFeatures.MaximumIndex]);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
        Assert.Equal(1, map[SparseFeatures.MaximumIndex]);
    }
}
